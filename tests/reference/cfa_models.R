# Rscript cfa_models.R    (from this folder; R, lavaan, jsonlite) writes cfa_models.json
# One model per combination of estimator and feature; the python test states the same models.
suppressMessages({library(lavaan); library(jsonlite)})
hs <- HolzingerSwineford1939; hs$school <- factor(hs$school, levels=c("Pasteur","Grant-White"))
pd <- PoliticalDemocracy
bfi <- read.csv("../../data/bfi/responses.csv"); for (i in c("A1","C4","C5","E1","E2","O2","O5")) bfi[[i]] <- 7-bfi[[i]]
hs$w <- 0.5 + (seq_len(nrow(hs)) %% 7)/5; hs$cl <- (seq_len(nrow(hs)) %% 40)
hm <- hs; for (k in 1:9) hm[seq(k*3, nrow(hm), by=11), paste0("x",k)] <- NA
co <- bfi[complete.cases(bfi[,c(paste0("O",1:5),paste0("C",1:5))]),]
M <- list(
 second = list("v =~ x1+x2+x3\nt =~ x4+x5+x6\ns =~ x7+x8+x9\ng =~ v+t+s\nx7 ~~ x8", hs, list(estimator="MLR")),
 bif = list("g =~ x1+x2+x3+x4+x5+x6+x7+x8+x9\nt =~ x4+x5+x6\ns =~ x7+x8+x9", hs, list(std.lv=TRUE, orthogonal=TRUE, estimator="ML")),
 two_gls = list("v =~ x1+x2+x3\ns =~ x7+x8+x9", hs, list(estimator="GLS")),
 two_mlm = list("v =~ x1+a*x2+a*x3\ns =~ x7+b*x8+x9\nd := a-b", hs, list(estimator="MLM")),
 groups = list("t =~ x4+x5+x6\ns =~ x7+x8+x9", hs, list(group="school", group.equal=c("loadings","lv.variances","lv.covariances"), estimator="MLR")),
 groups2 = list("t =~ x4+x5+x6\ns =~ x7+x8+x9", hs, list(group="school", group.equal=c("loadings","intercepts","residuals","means"), estimator="ML")),
 fiml = list("v =~ x1+x2+x3\nt =~ x4+x5+x6\ns =~ x7+x8+x9", hm, list(missing="fiml", estimator="MLR")),
 weights = list("v =~ x1+x2+x3\nt =~ x4+x5+x6", hs, list(sampling.weights="w", estimator="MLR")),
 cluster = list("v =~ x1+x2+x3\nt =~ x4+x5+x6", hs, list(cluster="cl", estimator="MLR")),
 sem = list("i =~ x1+x2+x3\nd =~ y1+a*y2+b*y3+y4\ne =~ y5+a*y6+b*y7+y8\nd ~ i\ne ~ p*d+q*i\ny1~~y5\nind := p*q", pd, list(estimator="MLR")),
 ulsmv = list("O =~ O1+O2+O3+O4+O5\nC =~ C1+C2+C3+C4+C5\nC1~~C2", co, list(estimator="ULSMV", ordered=TRUE)),
 wlsmv_g = list("C =~ C1+C2+C3+C4+C5", co, list(estimator="WLSMV", ordered=TRUE, group="gender", group.equal=c("loadings","thresholds"))),
 dwls_t = list("O =~ O1+O2+O3+O4+O5", co, list(estimator="DWLS", ordered=TRUE, parameterization="theta"))
)
wanted <- c("chisq", "df", "chisq.scaled", "chisq.scaling.factor", "cfi", "cfi.scaled", "cfi.robust", "tli", "rmsea", "rmsea.robust",
  "rmsea.ci.lower", "rmsea.ci.upper", "srmr", "gfi", "aic", "bic", "logl")
out <- lapply(M, function(m) {
  f <- suppressWarnings(do.call("cfa", c(list(model = m[[1]], data = m[[2]]), m[[3]])))
  p <- parameterEstimates(f); fm <- fitMeasures(f)
  mi <- modindices(f)
  p <- p[p$op != "~*~", ]
  list(fit = as.list(unclass(fm[intersect(wanted, names(fm))])),
    par = list(lhs = p$lhs, op = p$op, rhs = p$rhs, group = if (is.null(p$group)) rep(1, nrow(p)) else p$group, est = p$est, se = p$se),
    mi = sort(mi$mi, decreasing = TRUE)[1:3])
})
out[["_meta"]] <- list(R = R.version.string, lavaan = as.character(packageVersion("lavaan")), script = "cfa_models.R")
cat(toJSON(out, digits = NA, auto_unbox = TRUE), file = "cfa_models.json")
