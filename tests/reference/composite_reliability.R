# Rscript composite_reliability.R > composite_reliability.json    (from this folder; R, lavaan, jsonlite)
suppressMessages({library(lavaan); library(jsonlite)})
bfi <- read.csv("../../data/bfi/responses.csv")
for (i in c("A1", "C4", "C5", "E1", "E2", "O2", "O5")) bfi[[i]] <- 7 - bfi[[i]]
one <- function(d) {
  items <- paste0(d, 1:5)
  x <- bfi[complete.cases(bfi[, items]), items]
  f <- cfa(paste("F =~", paste(items, collapse = "+")), x, std.lv = TRUE)
  l <- subset(standardizedSolution(f), op == "=~")$est.std
  list(n = nrow(x), loadings = l, cr = sum(l)^2 / (sum(l)^2 + sum(1 - l^2)), ave = mean(l^2))
}
x <- bfi[complete.cases(bfi[, c(paste0("A", 1:5), paste0("C", 1:5))]), ]
f <- cfa("A =~ A1+A2+A3+A4+A5\nC =~ C1+C2+C3+C4+C5\nA1 ~~ A2\nC4 ~~ C5", x, std.lv = TRUE)
s <- standardizedSolution(f)
raykov <- function(name) {
  i <- subset(s, op == "=~" & lhs == name)$rhs
  # lavInspect(f, "std")$theta holds correlations off its diagonal; covariances of standardised items are wanted
  S <- lavInspect(f, "est")$theta[i, i]; sd <- sqrt(diag(lavInspect(f, "implied")$cov))[i]
  S <- S / outer(sd, sd); l <- lavInspect(f, "std")$lambda[i, name]
  sum(l)^2 / (sum(l)^2 + sum(S))
}
cat(toJSON(list("_meta" = list(R = R.version.string, lavaan = as.character(packageVersion("lavaan")),
  script = "composite_reliability.R", note = "one-factor ML per dimension of bfi, complete rows; model: two factors with error covariances"),
  one_factor = sapply(c("A", "C", "E", "N", "O"), one, simplify = FALSE),
  model = list(parameters = s[, c("lhs", "op", "rhs", "est.std")], cr = list(A = raykov("A"), C = raykov("C")))),
  digits = NA, auto_unbox = TRUE))
