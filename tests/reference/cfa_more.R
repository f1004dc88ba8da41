# Makes cfa_more.json: models that the larger reference does not hold. Rscript cfa_more.R (lavaan, jsonlite)
suppressMessages({library(lavaan); library(jsonlite)})
hs <- read.csv("hs1939.csv")
HS3 <- "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9"
hs$w <- 1 + .5 * (hs$ageyr > 12) + .25 * hs$sex
hs$class <- 10 * hs$ageyr + ifelse(is.na(hs$grade), 7, hs$grade)
hm <- hs
hm$x1[hs$id %% 7 == 0] <- NA
hm$x5[hs$ageyr >= 14] <- NA
hm$x9[hs$id %% 5 == 1] <- NA
keep <- c("npar", "chisq", "df", "pvalue", "cfi", "tli", "nfi", "rmsea", "rmsea.ci.lower", "rmsea.ci.upper", "rmsea.pvalue",
  "srmr", "gfi", "agfi", "logl", "unrestricted.logl", "aic", "bic", "bic2", "baseline.chisq", "baseline.df",
  "chisq.scaling.factor")
keep <- c(keep, outer(c("chisq", "df", "pvalue", "cfi", "tli", "nfi", "rmsea", "rmsea.ci.lower", "rmsea.ci.upper",
  "rmsea.pvalue", "baseline.chisq"), c(".scaled", ".robust"), paste0))
out <- list()
run <- function(name, model, data, ...) {
  fit <- cfa(model, data, ...)
  p <- parameterEstimates(fit, standardized = TRUE, remove.eq = FALSE, remove.system.eq = FALSE)
  if (is.null(p$group)) p$group <- 1
  f <- fitMeasures(fit)
  out[[name]] <<- list(model = model, parameters = as.list(p[c("lhs", "op", "rhs", "group", "est", "se", "std.all")]),
    fit = as.list(f[intersect(names(f), keep)]))
}
run("fiml_ml", HS3, hm, missing = "fiml")
run("fiml_mlr", HS3, hm, missing = "fiml", estimator = "MLR")
run("fiml_mlr_weighted", HS3, hm, missing = "fiml", estimator = "MLR", sampling.weights = "w")
run("fiml_mlr_groups", HS3, hm, missing = "fiml", estimator = "MLR", group = "school", group.equal = c("loadings", "intercepts"))
run("mlr_cluster", HS3, hs, estimator = "MLR", cluster = "class")
run("mlr_weighted_groups", HS3, hs, estimator = "MLR", sampling.weights = "w", group = "school", group.equal = "loadings")
run("mlm_groups", HS3, hs, estimator = "MLM", group = "school", group.equal = c("loadings", "intercepts"))
run("gls_groups", HS3, hs, estimator = "GLS", group = "school", group.equal = "loadings")
run("stdlv_metric", HS3, hs, group = "school", std.lv = TRUE, group.equal = "loadings")
run("partial", HS3, hs, group = "school", group.equal = c("loadings", "intercepts"), group.partial = c("x3~1", "visual=~x2"))
run("labels", "visual =~ x1 + a*x2 + b*x3\ntextual =~ x4 + c*x5 + d*x6\nspeed =~ x7 + x8 + x9\na == b\nc + d == 2\nab := a*b\nratio := c/d", hs)
run("per_group", "visual =~ x1 + c(a, a)*x2 + c(b1, b2)*x3\ntextual =~ x4 + x5 + x6\ndiff := b1 - b2", hs, group = "school", estimator = "MLR")
run("second_order", paste(HS3, "g =~ visual + textual + speed", sep = "\n"), hs)
run("bifactor", "g =~ x1+x2+x3+x4+x5+x6+x7+x8+x9\nt =~ x4+x5+x6\ns =~ x7+x8+x9", hs, orthogonal = TRUE, std.lv = TRUE)
run("single", "visual =~ x1 + x2 + x3\nage =~ ageyr\ntextual =~ x4 + x5 + x6", hs)
run("residuals", paste(HS3, "x7 ~~ x8\nx1 ~~ 0.1*x4", sep = "\n"), hs, estimator = "MLR")
hx <- hm
hx$female <- as.integer(hs$sex == 2)
hx$ageyr[hs$id %% 11 == 3] <- NA
run("fiml_mimic", paste(HS3, "visual + textual + speed ~ female + ageyr", sep = "\n"), hx, missing = "fiml", estimator = "MLR")
run("mlr_mimic", paste(HS3, "visual + textual + speed ~ sex + agemo", sep = "\n"), hs, estimator = "MLR")
bfi <- read.csv("../../data/bfi/responses.csv")[c(paste0("N", 1:5), paste0("A", 1:5))]
bfi$A1 <- 7 - bfi$A1
bfi <- bfi[complete.cases(bfi), ]
fit <- cfa("N =~ N1 + N2 + N3 + N4 + N5\nA =~ A1 + A2 + A3 + A4 + A5", bfi, ordered = TRUE)
out$scores_ebm <- list(first20 = unclass(lavPredict(fit, method = "EBM"))[1:20, ])
writeLines(toJSON(c(list(`_meta` = list(R = R.version.string, lavaan = as.character(packageVersion("lavaan")),
  script = "cfa_more.R", data = "hs1939.csv", missing_rule = "x1 where id %% 7 == 0, x5 where ageyr >= 14, x9 where id %% 5 == 1",
  weight_rule = "1 + .5*(ageyr > 12) + .25*sex", cluster_rule = "10*ageyr + grade (missing grade: 7)")), out),
  auto_unbox = TRUE, digits = NA, na = "null"), "cfa_more.json")
