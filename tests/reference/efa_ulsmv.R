# Scaled fit of exploratory factor analysis of polychoric correlations: lavaan::efa(estimator = "ULSMV"), unrotated.
# usage: Rscript efa_ulsmv.R  (writes efa_ulsmv.json beside itself; data/bfi of this project, complete rows)
suppressMessages({library(lavaan); library(jsonlite)})
x <- read.csv("../../data/bfi/responses.csv")
out <- list(`_meta` = list(holds = "scaled and shifted chi-square of EFA by unweighted least squares", R = R.version.string,
  packages = list(lavaan = as.character(packageVersion("lavaan"))), script = "efa_ulsmv.R", data = "data/bfi, complete rows"))
for (case in list(list("AC", 2), list("ANO", 3), list("AC", 1))) {
  items <- unlist(lapply(strsplit(case[[1]], "")[[1]], function(s) paste0(s, 1:5)))
  d <- na.omit(x[, items])
  fit <- efa(d, nfactors = case[[2]], ordered = items, estimator = "ULSMV", rotation = "none", output = "lavaan")
  m <- fitMeasures(fit)
  out[[paste(case[[1]], case[[2]])]] <- c(list(n = nrow(d), k = case[[2]], items = items), as.list(m[grep("chisq|df|rmsea|cfi|tli|pvalue", names(m))]))
}
write_json(out, "efa_ulsmv.json", digits = NA, auto_unbox = TRUE, pretty = TRUE)
