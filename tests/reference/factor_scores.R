# Weights of factor scores by psych::factor.scores of GPArotation's oblimin loadings in factors_efa.json.
# usage: Rscript factor_scores.R  (writes factor_scores.json beside itself)
suppressMessages({library(jsonlite); library(psych)})
known <- fromJSON("factors_efa.json")
out <- list(`_meta` = list(holds = "weights of standardised items, items x factors", R = R.version.string,
  packages = list(psych = as.character(packageVersion("psych"))), script = "factor_scores.R"))
for (name in c("bfi", "thurstone")) {
  R <- as.matrix(known[[name]]$correlation); L <- as.matrix(known[[name]]$rotated$oblimin_gam0_raw$loadings)
  phi <- as.matrix(known[[name]]$rotated$oblimin_gam0_raw$phi)
  f <- list(loadings = L, Phi = phi); class(f) <- c("psych", "fa")
  out[[name]] <- lapply(c(regression = "Thurstone", bartlett = "Bartlett", tenberge = "tenBerge"), function(m)
    unname(factor.scores(R, L, Phi = phi, method = m)$weights))
}
write_json(out, "factor_scores.json", digits = NA, auto_unbox = TRUE, matrix = "rowmajor")
