# Target and bifactor rotations by GPArotation of the minres loadings in factors_efa.json; best of random starts.
# usage: Rscript rotation_more.R  (writes rotation_more.json beside itself)
suppressMessages({library(jsonlite); library(GPArotation)})
known <- fromJSON("factors_efa.json")
set.seed(1)
best <- function(A, f, starts = 12, ...) {
  k <- ncol(A); found <- NULL
  for (i in seq_len(starts)) {
    T0 <- if (i == 1) diag(k) else qr.Q(qr(matrix(rnorm(k * k), k)))
    fit <- try(f(A, Tmat = T0, eps = 1e-7, maxit = 3000, ...), silent = TRUE)
    if (inherits(fit, "try-error")) next
    value <- min(fit$Table[nrow(fit$Table), 2])
    if (is.null(found) || value < found$value - 1e-12)
      found <- list(value = value, loadings = unclass(fit$loadings), phi = if (is.null(fit$Phi)) diag(k) else fit$Phi)
  }
  found
}
out <- list(`_meta` = list(holds = "GPArotation of the stored minres loadings; target NaN is null", R = R.version.string,
  packages = list(GPArotation = as.character(packageVersion("GPArotation"))), script = "rotation_more.R"))
for (name in c("bfi", "thurstone")) {
  A <- as.matrix(known[[name]]$optimum$minres$loadings); p <- nrow(A); k <- ncol(A)
  size <- p / k
  target <- matrix(0, p, k); for (j in 1:k) target[((j - 1) * size + 1):(j * size), j] <- NA
  W <- matrix(1, p, k); W[is.na(target)] <- 0; B <- target; B[is.na(B)] <- 0
  out[[name]] <- list(target = target,
    targetQ = best(A, function(A, ...) pstQ(A, W = W, Target = B, ...), starts = 1),
    targetT = best(A, function(A, ...) pstT(A, W = W, Target = B, ...), starts = 1),
    bifactorQ = best(A, bifactorQ), bifactorT = best(A, bifactorT))
}
write_json(out, "rotation_more.json", digits = NA, auto_unbox = TRUE, na = "null", matrix = "rowmajor")
