# Sequential tests of maximum likelihood factor models: stats::factanal (chi-square with Bartlett's correction), and the
# lower 90 percent limit of the RMSEA by the noncentral chi-square, sqrt(lambda / (df (n - 1))).
# usage: Rscript retention_tests.R  (writes retention_tests.json beside itself; data/bfi of this project, complete rows)
suppressMessages({library(jsonlite)})
lower <- function(chisq, df, n) {
  f <- function(lambda) pchisq(chisq, df, lambda) - .95
  if (pchisq(chisq, df) < .95) return(0)
  sqrt(uniroot(f, c(0, chisq * 2 + 100), tol = 1e-10)$root / (df * (n - 1)))
}
known <- fromJSON("factors_adequacy.json")
out <- list(`_meta` = list(holds = "factanal chi-square, df, p and the RMSEA's lower 90 percent limit for k = 1, 2, ...",
  R = R.version.string, script = "retention_tests.R", data = "correlation matrices of factors_adequacy.json"))
for (name in c("bfi", "hs9")) {
  R <- as.matrix(known[[name]]$correlation); n <- known[[name]]$n
  rows <- lapply(1:(if (name == "bfi") 14 else 3), function(k) {
    fit <- factanal(covmat = R, n.obs = n, factors = k, rotation = "none", control = list(nstart = 8, opt = list(maxit = 5000, factr = 10)))
    p <- ncol(R); correction <- n - 1 - (2 * p + 5) / 6 - 2 * k / 3
    chisq <- unname(fit$criteria["objective"]) * correction
    list(k = k, chisq = chisq, df = fit$dof, pvalue = pchisq(chisq, fit$dof, lower.tail = FALSE), lower = lower(chisq, fit$dof, n))
  })
  out[[name]] <- rows
}
write_json(out, "retention_tests.json", digits = NA, auto_unbox = TRUE, pretty = TRUE)
