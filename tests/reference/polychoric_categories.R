# Polychoric correlations of 2-, 3-, 4-, 5- and 7-category answers, missing answers and sampling weights.
# Rscript polychoric_categories.R bfi.csv > polychoric_categories.json
# bfi.csv: the answers of data/bfi. Seven categories: nine tests of lavaan's HolzingerSwineford1939, cut at equal widths.
suppressMessages({library(psych); library(lavaan); library(pbivnorm); library(jsonlite)})

tau <- function(x) qnorm(head(cumsum(table(x)) / length(x), -1))
Phi2 <- function(a, b, r) {                       # pbivnorm (Genz) on the grid of thresholds, with infinite edges
  g <- expand.grid(a = pmax(pmin(a, 40), -40), b = pmax(pmin(b, 40), -40))
  matrix(pbivnorm(g$a, g$b, rho = r), length(a))
}
phi2 <- function(a, b, r) {
  outer(a, b, function(x, y) ifelse(is.finite(x) & is.finite(y),
    exp(-(x^2 - 2 * r * x * y + y^2) / (2 * (1 - r^2))) / (2 * pi * sqrt(1 - r^2)), 0))
}
cells <- function(m) { m <- m[-1, , drop = FALSE] - m[-nrow(m), , drop = FALSE]
  m[, -1, drop = FALSE] - m[, -ncol(m), drop = FALSE] }
arbiter <- function(x, y) {                       # the root of the score: nothing shared with the code under test
  n <- table(x, y); a <- c(-Inf, tau(x), Inf); b <- c(-Inf, tau(y), Inf)
  score <- function(r) { p <- cells(Phi2(a, b, r)); d <- cells(phi2(a, b, r)); sum((n * d / p)[n > 0]) }
  start <- optimize(function(r) { p <- cells(Phi2(a, b, r)); -sum((n * log(pmax(p, 1e-300)))[n > 0]) }, c(-.999, .999))$minimum
  uniroot(score, c(max(start - .01, -.9999), min(start + .01, .9999)), tol = 1e-15, maxiter = 1000)$root
}
pairs <- function(p) { g <- t(combn(p, 2)); g }
lower <- function(m) m[lower.tri(m)]

one <- function(x) {
  x <- as.data.frame(x); g <- pairs(ncol(x))
  cor <- lavCor(x, ordered = names(x), output = "fit", se = "standard")
  pe <- parameterEstimates(cor); rows <- pe$op == "~~" & pe$lhs != pe$rhs
  se <- apply(g, 1, function(i) pe$se[rows & ((pe$lhs == names(x)[i[1]] & pe$rhs == names(x)[i[2]]) |
                                            (pe$lhs == names(x)[i[2]] & pe$rhs == names(x)[i[1]]))])
  list(n = nrow(x), items = names(x), codes = apply(x, 2, function(v) paste(v, collapse = "")),
       thresholds = lapply(x, function(v) unname(tau(v))),
       arbiter = apply(g, 1, function(i) arbiter(x[[i[1]]], x[[i[2]]])),
       psych = lower(suppressWarnings(polychoric(x, correct = 0))$rho),
       lavaan = apply(g, 1, function(i) pe$est[rows & ((pe$lhs == names(x)[i[1]] & pe$rhs == names(x)[i[2]]) |
                                                   (pe$lhs == names(x)[i[2]] & pe$rhs == names(x)[i[1]]))]),
       lavaan_se = se)
}

bfi <- read.csv(commandArgs(TRUE)[1]); bfi <- bfi[, c(paste0("A", 1:5), paste0("N", 1:3))]
whole <- na.omit(bfi)[1:1000, ]
recode <- function(map) as.data.frame(lapply(whole, function(v) map[v]))
hs <- HolzingerSwineford1939[, paste0("x", 1:9)]
seven <- as.data.frame(lapply(hs, function(v) as.integer(cut(v, seq(min(v) - 1e-9, max(v) + 1e-9, length.out = 8)))))
sets <- list("2" = recode(c(1, 1, 1, 2, 2, 2)), "3" = recode(c(1, 1, 2, 2, 3, 3)), "4" = recode(c(1, 2, 2, 3, 3, 4)),
             "5" = recode(c(1, 2, 3, 4, 5, 5)), "7" = seven)

gamma_of <- function(x, ...) {
  fit <- lavCor(x, ordered = names(x), output = "fit", ...)
  list(gamma = unname(unclass(lavInspect(fit, "gamma"))), n = lavInspect(fit, "nobs"))
}
patchy <- bfi[1:600, 1:4]
w <- 0.5 + (seq_len(600) %% 7) / 4
weighted <- na.omit(cbind(patchy, w = w))
model <- "f =~ A1 + A2 + A3 + A4"
fit_w <- cfa(model, weighted, ordered = names(patchy), sampling.weights = "w", estimator = "WLSMV")
fit_p <- cfa(model, patchy, ordered = names(patchy), missing = "pairwise", estimator = "WLSMV")
write(toJSON(list(
  `_meta` = list(R = R.version.string, packages = lapply(c(psych = "psych", lavaan = "lavaan", pbivnorm = "pbivnorm"),
                 function(p) as.character(packageVersion(p))),
                 holds = "arbiter: root of the score with pbivnorm; pairs (1,2), (1,3), ...; codes: one digit a person"),
  sets = lapply(sets, one),
  weighted = list(weights = "0.5 + (row %% 7) / 4, row = 1..600 of bfi, complete rows of A1..A4",
                  n = nrow(weighted), gamma = unname(unclass(lavInspect(fit_w, "gamma"))),
                  cor = unname(unclass(lavInspect(fit_w, "sampstat")$cov)), th = as.numeric(lavInspect(fit_w, "sampstat")$th)),
  pairwise = list(n = nrow(patchy), gamma = unname(unclass(lavInspect(fit_p, "gamma"))),
                  cor = unname(unclass(lavInspect(fit_p, "sampstat")$cov)), th = as.numeric(lavInspect(fit_p, "sampstat")$th))
), digits = I(15), auto_unbox = TRUE), stdout())
