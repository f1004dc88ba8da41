# Makes cfa_mixed.json: ordered beside continuous variables, and ordered items with covariates. Rscript cfa_mixed.R
suppressMessages({library(lavaan); library(jsonlite)})
hs <- read.csv("hs1939.csv")
hs <- hs[order(hs$school), ] # groups in sorted order
cuts <- list(x1 = c(4, 5, 6), x2 = c(5.5, 6.5), x4 = c(2, 3, 4), x5 = 4.4, x7 = c(3.2, 4, 5))
for (v in names(cuts)) hs[[paste0("o", substring(v, 2))]] <- findInterval(hs[[v]], cuts[[v]]) + 1
hs$w <- 0.5 + (hs$id %% 5) / 4
hm <- hs
hm$o1[hs$id %% 7 == 0] <- NA
hm$x6[hs$id %% 11 == 0] <- NA
bfi <- read.csv("../../data/bfi/responses.csv")[c(paste0("N", 1:5), "gender", "age")]
bfi <- bfi[complete.cases(bfi), ]
bfi <- bfi[order(bfi$gender), ]
bfi$male <- as.numeric(bfi$gender == bfi$gender[1])
bfi$decade <- bfi$age / 10
bfi <- bfi[seq(1, nrow(bfi), by = 2), ]
ONE <- "f =~ o4 + o5 + x6 + x3 + o1"
THREE <- "visual =~ o1 + o2 + x3\ntextual =~ o4 + o5 + x6\nspeed =~ o7 + x8 + x9"
N <- "N =~ N1 + N2 + N3 + N4 + N5\nN1 ~~ N2"
MIMIC <- paste0(N, "\nN ~ male + decade")
BOTH <- paste0(THREE, "\nvisual + textual ~ sex + agemo")
out <- list()
run <- function(name, model, data, ..., estimator, scores = FALSE, residuals = FALSE, mi = FALSE) {
  fit <- suppressWarnings(cfa(model, data, estimator = estimator, ...))
  p <- parameterEstimates(fit, remove.system.eq = FALSE, standardized = FALSE)
  s <- standardizedSolution(fit)
  if (is.null(p$group)) p$group <- 1
  p <- p[p$op != ":=", ]
  s <- s[s$op != ":=", ]
  m <- fitMeasures(fit)
  found <- list(model = model,
    parameters = c(as.list(p[c("lhs", "op", "rhs", "group", "est", "se")]), list(std = s$est.std, std_se = s$se)),
    fit = as.list(m[!is.na(m)]), r2 = lavInspect(fit, "rsquare"),
    nobs = lavInspect(fit, "nobs"))
  if (estimator == "MLM") { out[[name]] <<- found; return(invisible()) }
  g <- lavInspect(fit, "gamma")
  st <- lavInspect(fit, "wls.obs")
  if (!is.list(g)) { g <- list(g); st <- list(st) }
  found$gamma_diagonal <- lapply(unname(g), function(x) unname(diag(x)))
  found$gamma_row <- lapply(unname(g), function(x) unname(x[nrow(x), ]))
  found$statistics <- lapply(unname(st), unname)
  found$statistic_names <- names(st[[1]])
  if (scores) found$scores <- unname(as.matrix(lavPredict(fit))[1:12, , drop = FALSE])
  if (residuals) {
    r <- lavResiduals(fit, type = "cor.bollen", se = TRUE, add.class = FALSE)
    found$residuals <- list(names = rownames(r$cov), cov = r$cov, se = r$cov.se, z = r$cov.z)
  }
  if (mi) {
    i <- modindices(fit)
    found$mi <- as.list(i[c("lhs", "op", "rhs", "mi", "epc", "sepc.all")])
  }
  out[[name]] <<- found
}
O3 <- c("o1", "o2", "o4", "o5", "o7")
run("one", ONE, hs, ordered = c("o1", "o4", "o5"), estimator = "WLSMV", scores = TRUE, residuals = TRUE, mi = TRUE)
run("three", THREE, hs, ordered = O3, estimator = "WLSMV", residuals = TRUE, scores = TRUE, mi = TRUE)
run("three_theta", THREE, hs, ordered = O3, estimator = "WLSMV", parameterization = "theta")
run("three_dwls", THREE, hs, ordered = O3, estimator = "DWLS")
run("three_ulsmv", THREE, hs, ordered = O3, estimator = "ULSMV")
run("three_wlsm", THREE, hs, ordered = O3, estimator = "WLSM")
# lavaan's baseline keeps the variance of x6 at its bound 0 here: its CFI is not that of the minimum
run("one_wls", ONE, hs, ordered = c("o1", "o4", "o5"), estimator = "WLS")
run("three_weights", THREE, hs, ordered = O3, estimator = "WLSMV", sampling.weights = "w")
run("three_pairwise", THREE, hm, ordered = O3, estimator = "WLSMV", missing = "pairwise")
run("groups", ONE, hs, ordered = c("o1", "o4", "o5"), estimator = "WLSMV", group = "school",
  group.equal = c("loadings", "thresholds", "intercepts"))
run("groups_theta", ONE, hs, ordered = c("o1", "o4", "o5"), estimator = "WLSMV", group = "school",
  group.equal = c("loadings", "thresholds", "intercepts"), parameterization = "theta")
run("mimic", MIMIC, bfi, ordered = TRUE, estimator = "WLSMV", scores = TRUE, mi = TRUE)
run("mimic_theta", MIMIC, bfi, ordered = TRUE, estimator = "WLSMV", parameterization = "theta", scores = TRUE)
run("mimic_direct", paste0(MIMIC, "\nN3 ~ male"), bfi, ordered = TRUE, estimator = "WLSMV")
run("mimic_ulsmv", MIMIC, bfi, ordered = TRUE, estimator = "ULSMV")
run("mimic_groups", paste0(N, "\nN ~ decade"), bfi, ordered = TRUE, estimator = "WLSMV", group = "gender",
  group.equal = c("loadings", "thresholds"))
run("mixed_mimic", BOTH, hs, ordered = O3, estimator = "WLSMV", scores = TRUE)
run("mixed_mimic_theta", BOTH, hs, ordered = O3, estimator = "WLSMV", parameterization = "theta", scores = TRUE)
run("mixed_mimic_weights", BOTH, hs, ordered = O3, estimator = "WLSMV", sampling.weights = "w")
run("wls", N, bfi, ordered = TRUE, estimator = "WLS")
run("wls_theta", MIMIC, bfi, ordered = TRUE, estimator = "WLS", parameterization = "theta")
run("mediator", "f =~ o4 + o5 + x6 + o1\nx9 ~ sex\nf ~ x9 + sex", hs, ordered = c("o1", "o4", "o5"), estimator = "WLSMV")
PLAIN <- gsub("o([1-9])", "x\\1", BOTH)
run("mlm", paste0(PLAIN, "\nx9 ~ sex"), hs, estimator = "MLM")
run("mlm_groups", PLAIN, hs, estimator = "MLM", group = "school", group.equal = c("loadings", "intercepts"))
writeLines(toJSON(c(list(`_meta` = list(R = R.version.string, lavaan = as.character(packageVersion("lavaan")),
  script = "cfa_mixed.R")), out), auto_unbox = TRUE, digits = NA, na = "null"), "cfa_mixed.json")
