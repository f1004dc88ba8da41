# Rscript irt_erm.R > irt_erm.json: conditional maximum likelihood, item fit and separation by eRm
suppressMessages({library(eRm); library(jsonlite)})
one <- function(d, f) {
  r <- f(d); p <- person.parameter(r); i <- itemfit(p)
  list(data = as.matrix(d), loglik = r$loglik, npar = r$npar, betapar = as.list(r$betapar), se_beta = as.numeric(r$se.beta),
       outfit = as.numeric(i$i.outfitMSQ), infit = as.numeric(i$i.infitMSQ), outfit_t = as.numeric(i$i.outfitZ),
       infit_t = as.numeric(i$i.infitZ), seprel = SepRel(p)$sep.rel)
}
some <- raschdat1[, 1:12]; some[cbind(1:60, rep(1:12, 5))] <- NA
cat(toJSON(list("_meta" = list(R = R.version.string, eRm = as.character(packageVersion("eRm"))), rasch = one(raschdat1, RM),
  pcm = one(pcmdat, PCM), rsm = one(rsmdat, RSM), missing = one(some, RM), pcm2 = one(pcmdat2, PCM)),
  digits = 12, auto_unbox = TRUE, na = "null"))
