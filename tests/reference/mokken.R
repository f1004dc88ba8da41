# Scalability coefficients by the definition with weighted Guttman errors, H = 1 - F/E (Molenaar 1991), in base R.
# No mokken package was at hand, so this is a second way to the same number. Rscript mokken.R; writes mokken.json.
suppressMessages(library(jsonlite))
guttman <- function(x, y) {
  a <- sort(unique(x)); b <- sort(unique(y)); n <- length(x)
  steps <- rbind(data.frame(item = 1, code = a[-1], p = sapply(a[-1], function(v) mean(x >= v))),
                 data.frame(item = 2, code = b[-1], p = sapply(b[-1], function(v) mean(y >= v))))
  steps <- steps[order(-steps$p), ]
  weight <- function(u, v) {
    passed <- ifelse(steps$item == 1, u >= steps$code, v >= steps$code)
    sum(sapply(seq_along(passed), function(k) if (passed[k]) sum(!passed[seq_len(k)]) else 0))
  }
  w <- outer(a, b, Vectorize(weight))
  o <- table(factor(x, a), factor(y, b)); e <- outer(rowSums(o), colSums(o)) / n
  c(sum(w * o), sum(w * e))
}
coefficients <- function(d) {
  p <- ncol(d); f <- e <- matrix(0, p, p)
  for (i in 1:p) for (j in 1:p) if (i != j) { g <- guttman(d[, i], d[, j]); f[i, j] <- g[1]; e[i, j] <- g[2] }
  hij <- 1 - f / e; diag(hij) <- 1
  list(pairs = hij, items = 1 - rowSums(f) / rowSums(e), scale = 1 - sum(f) / sum(e))
}
set.seed(9)
theta <- rnorm(400)
d <- sapply(c(-.8, -.3, 0, .4, .9), function(b)
  as.integer(cut(1.6 * (theta - b) + rlogis(400), c(-Inf, -1.3, 0, 1.3, Inf))))
h <- coefficients(d)
# H of the table turned on its side, for 60 persons, pair by pair
t60 <- d[1:60, ]; num <- den <- 0
for (a in 1:59) for (b in (a + 1):60) {
  num <- num + cov(t60[a, ], t60[b, ]); den <- den + cov(sort(t60[a, ]), sort(t60[b, ]))
}
write_json(list(software = list(R = R.version.string), data = d, pairs = h$pairs, items = h$items, scale = h$scale,
                ht60 = num / den), "mokken.json", digits = NA, auto_unbox = TRUE)
