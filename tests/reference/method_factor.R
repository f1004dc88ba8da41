# Rscript method_factor.R > method_factor.json    (from this folder; R, lavaan, jsonlite)
suppressMessages({library(lavaan); library(jsonlite)})
bfi <- read.csv("../../data/bfi/responses.csv")
for (i in c("A1", "C4", "C5", "E1", "E2", "O2", "O5")) bfi[[i]] <- 7 - bfi[[i]]
items <- unlist(lapply(c("A", "C", "E"), paste0, 1:5))
bfi <- bfi[complete.cases(bfi[, items]), items]
traits <- paste(sapply(c("A", "C", "E"), function(d) paste(d, "=~", paste0(d, 1:5, collapse = " + "))), collapse = "\n")
whole <- paste0(traits, "\nmethod =~ ", paste(items, collapse = " + "), "\nmethod ~~ 0*A + 0*C + 0*E")
of <- function(...) {
  without <- cfa(traits, bfi, std.lv = TRUE, ...)
  with <- cfa(whole, bfi, std.lv = TRUE, ...)
  s <- subset(standardizedSolution(with), op == "=~")
  r <- subset(standardizedSolution(with), op == "~~" & lhs %in% c("A", "C", "E") & rhs %in% c("A", "C", "E") & lhs != rhs)
  d <- lavTestLRT(without, with)
  list(chisq = c(fitMeasures(without, "chisq"), fitMeasures(with, "chisq")), diff = d[["Chisq diff"]][2],
    df = d[["Df diff"]][2], loadings = s[, c("lhs", "rhs", "est.std")], correlations = r[, c("lhs", "rhs", "est.std")])
}
cat(toJSON(list("_meta" = list(R = R.version.string, lavaan = as.character(packageVersion("lavaan")),
  script = "method_factor.R", data = "bfi A C E, complete rows"), ml = of(), mlr = of(estimator = "MLR"),
  wlsmv = of(ordered = TRUE, estimator = "WLSMV")), digits = NA, auto_unbox = TRUE))
