# Ordinal logistic DIF by MASS::polr and generalised Mantel-Haenszel by stats::mantelhaen.test.
# Rscript dif.R < nothing; writes dif.json beside itself. Data are made here, with missing-free five-point answers.
suppressMessages({library(MASS); library(jsonlite)})
set.seed(20)
n <- 600
g <- rbinom(n, 1, .4); theta <- rnorm(n, .3 * g)
y <- sapply(1:6, function(i) {
  eta <- 1.5 * theta - ifelse(i == 2, .8 * g, 0) + ifelse(i == 5, .7 * g * theta, 0)
  cut(eta + rlogis(n), c(-Inf, -1.5, -.3, .6, 1.6, Inf), labels = FALSE)
})
third <- ifelse(g == 1 & runif(n) < .5, 2, g)
total <- rowSums(y)
fits <- lapply(1:6, function(i) {
  o <- factor(y[, i])
  f <- function(m) polr(m, Hess = TRUE, control = list(reltol = 1e-15, maxit = 2000))
  m0 <- f(o ~ 1); m1 <- f(o ~ total); m2 <- f(o ~ total + g); m3 <- f(o ~ total * g)
  l <- sapply(list(m0, m1, m2, m3), function(m) as.numeric(logLik(m)))
  list(loglik = l, log_odds = unname(coef(m2)["g"]), se = unname(sqrt(diag(vcov(m2)))["g"]))
})
band <- as.integer(cut(total, quantile(total, 0:5 / 5), include.lowest = TRUE))
two <- function(i) {
  r <- mantelhaen.test(table(third, y[, i], band))
  list(chisq = unname(r$statistic), df = unname(r$parameter), pvalue = r$p.value)
}
binary <- sapply(1:6, function(i) {
  t <- table(g, y[, i] > 3, band)
  unname(mantelhaen.test(t, correct = FALSE)$statistic)
})
write_json(list(
  software = list(R = R.version.string, MASS = as.character(packageVersion("MASS"))),
  y = y, g = g, third = third, band = band, polr = fits, gmh = lapply(1:6, two), mantel_binary = binary
), "dif.json", digits = NA, auto_unbox = TRUE)
