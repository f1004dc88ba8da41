# Rscript hierarchical_omega.R > hierarchical_omega.json    (from this folder; R, psych, GPArotation, jsonlite)
suppressMessages({library(psych); library(GPArotation); library(jsonlite)})
one <- function(R, nf, fm = "minres", rotate = "oblimin") {
  o <- suppressWarnings(suppressMessages(
    omega(R, nfactors = nf, fm = fm, rotate = rotate, flip = FALSE, plot = FALSE, n.obs = 500)))
  sl <- o$schmid$sl
  list(nf = nf, fm = fm, rotate = rotate, items = rownames(sl), R = unclass(as.matrix(R)), omega_h = o$omega_h,
       omega_tot = o$omega.tot, ECV = o$schmid$sl[, 1] %*% o$schmid$sl[, 1] / sum(o$schmid$sl[, 1:(nf + 1)]^2),
       sl = unclass(sl[, 1:(nf + 1)]), gloading = as.numeric(o$schmid$gloading), group = as.matrix(o$omega.group))
}
bfi <- read.csv("../../data/bfi/responses.csv")
keyed <- bfi[, paste0(rep(c("A", "C", "E", "N", "O"), each = 5), 1:5)]
for (i in c("A1", "C4", "C5", "E1", "E2", "O2", "O5")) keyed[[i]] <- 7 - keyed[[i]]
for (i in paste0("N", 1:5)) keyed[[i]] <- 7 - keyed[[i]]
keyed <- keyed[complete.cases(keyed), ]
out <- list(
  "_meta" = list(R = R.version.string, psych = as.character(packageVersion("psych")),
                 GPArotation = as.character(packageVersion("GPArotation")), script = "hierarchical_omega.R",
                 note = "psych::omega without flipping; bfi keyed on 1-6 with all N items turned as well, complete rows"),
  thurstone = one(psych::Thurstone, 3), bfi_5 = one(cor(keyed), 5), bfi_3 = one(cor(keyed), 3),
  bfi_2 = one(cor(keyed), 2), bfi_5_promax = one(cor(keyed), 5, rotate = "promax"), bfi_4_ml = one(cor(keyed), 4, "ml"))
cat(toJSON(out, digits = NA, auto_unbox = TRUE, pretty = FALSE))
