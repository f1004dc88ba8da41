# Makes cfa_standard.json: errors of standardised solutions, z of residual correlations. Rscript cfa_standard.R
suppressMessages({library(lavaan); library(jsonlite)})
hs <- read.csv("hs1939.csv")
hs <- hs[order(hs$school), ] # groups in sorted order
HS3 <- "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9"
bfi <- read.csv("../../data/bfi/responses.csv")[c(paste0("N", 1:5), "gender")]
bfi <- bfi[complete.cases(bfi), ]
bfi <- bfi[order(bfi$gender), ]
hm <- hs
hm$x1[hs$id %% 7 == 0] <- NA
N <- "N =~ N1 + N2 + N3 + N4 + N5\nN1 ~~ N2"
out <- list()
run <- function(name, model, data, ..., residuals = FALSE) {
  fit <- cfa(model, data, ...)
  s <- standardizedSolution(fit, remove.eq = FALSE, remove.ineq = FALSE)
  if (is.null(s$group)) s$group <- 1
  found <- list(model = model, solution = as.list(s[c("lhs", "op", "rhs", "group", "est.std", "se", "ci.lower", "ci.upper")]))
  if (residuals) {
    r <- lavResiduals(fit, type = "cor.bollen", se = TRUE, add.class = FALSE)
    r <- if (is.null(r$cov)) r[names(r) != "type"] else list(r)
    found$residuals <- lapply(unname(r), function(g) list(names = rownames(g$cov), cov = g$cov, se = g$cov.se, z = g$cov.z))
  }
  out[[name]] <<- found
}
run("ml", HS3, hs, residuals = TRUE)
run("mlr", HS3, hs, estimator = "MLR", residuals = TRUE)
run("mlm", HS3, hs, estimator = "MLM")
run("fiml_mlr", HS3, hm, missing = "fiml", estimator = "MLR")
run("groups_ml", HS3, hs, group = "school", group.equal = c("loadings", "intercepts"), residuals = TRUE)
run("groups_mlr", HS3, hs, estimator = "MLR", group = "school", group.equal = c("loadings", "intercepts"), residuals = TRUE)
run("second_order", paste(HS3, "g =~ visual + textual + speed", sep = "\n"), hs, residuals = TRUE)
run("labels", "visual =~ x1 + a*x2 + b*x3\ntextual =~ x4 + c*x5 + d*x6\nx2 ~~ x4\ntextual ~ e*visual\nab := a*b\nratio := c/d", hs)
run("delta", N, bfi, ordered = TRUE, residuals = TRUE)
run("theta", N, bfi, ordered = TRUE, parameterization = "theta")
run("delta_groups", N, bfi, ordered = TRUE, group = "gender", group.equal = c("thresholds", "loadings"))
run("mimic", paste(HS3, "visual + textual ~ sex + agemo", sep = "\n"), hs, estimator = "MLR")
writeLines(toJSON(c(list(`_meta` = list(R = R.version.string, lavaan = as.character(packageVersion("lavaan")),
  script = "cfa_standard.R", missing_rule = "x1 where id %% 7 == 0")), out), auto_unbox = TRUE, digits = NA, na = "null"),
  "cfa_standard.json")
