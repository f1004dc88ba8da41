# Rscript fay_herriot.R > fay_herriot.json: the area-level model by maximum likelihood, nlme with sigma fixed at 1. Its
# restricted likelihood is not used: with a fixed sigma nlme 3.1 stops at a variance whose restricted likelihood is lower.
suppressMessages({library(nlme); library(jsonlite)})
set.seed(11); m <- 25
d <- data.frame(id=factor(1:m), z=rnorm(m), psi=round(runif(m,.5,6),3)); d$y <- round(60+2*d$z+rnorm(m,0,1.8)+rnorm(m,0,sqrt(d$psi)),4); d$z<-round(d$z,4)
f <- lme(y ~ z, random=~1|id, weights=varFixed(~psi), data=d, method="ML", control=lmeControl(sigma=1, tolerance=1e-12, maxIter=500, msMaxIter=500))
cat(toJSON(list(software=list(R=R.version.string,nlme=as.character(packageVersion("nlme"))), z=d$z, psi=d$psi, y=d$y, variance=as.numeric(getVarCov(f)), beta=unname(fixef(f)), beta_se=unname(sqrt(diag(vcov(f)))), shrunk=unname(fitted(f)), loglik=as.numeric(logLik(f))), digits=NA, auto_unbox=TRUE))
