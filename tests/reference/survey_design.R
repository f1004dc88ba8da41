# Reference figures of R's survey for tests/reference/test_survey_reference.py.
# Rscript survey_design.R > survey_design.json   (Debian: r-cran-survey, r-cran-jsonlite)
suppressMessages({library(survey); library(jsonlite)})
data(api)
out <- list(`_meta` = list(
  R = R.version.string, survey = as.character(packageVersion("survey")), script = "survey_design.R",
  data = "survey::api (r-cran-survey): apistrat, apiclus1, apiclus2, Californian schools", licence = "GPL-2 or GPL-3"))
num <- function(x) unname(as.numeric(x))
stat <- function(x) list(names = names(coef(x)), est = num(coef(x)), se = num(SE(x)), vcov = unname(as.matrix(vcov(x))))
by <- function(x) { t <- as.data.frame(x); lapply(t, function(v) if (is.factor(v)) as.character(v) else unname(v)) }
vars <- ~api00 + api99 + enroll
figures <- function(d) list(
  degf = degf(d), weights = num(weights(d, "sampling")),
  mean = stat(svymean(~api00 + api99 + meals, d)), total = stat(svytotal(~enroll + api.stu, d, na.rm = TRUE)),
  ratio = list(est = num(coef(svyratio(~api.stu, ~enroll, d, na.rm = TRUE))), se = num(SE(svyratio(~api.stu, ~enroll, d, na.rm = TRUE)))),
  by_mean = by(svyby(~api00 + meals, ~stype, d, svymean)),
  by_total = by(svyby(~api00, ~stype, d, svytotal)),
  by_ratio = by(svyby(~api.stu, ~stype, denominator = ~enroll, d, svyratio, na.rm = TRUE)),
  by_two = by(svyby(~api00, ~stype + sch.wide, d, svymean)),
  median = num(svyquantile(~api00, d, c(.25, .5, .9), ci = TRUE)[[1]][, 1]),
  median_ci = unname(as.matrix(svyquantile(~api00, d, c(.25, .5, .9), ci = TRUE)[[1]][, 2:3])),
  deff = num(deff(svymean(~api00 + api99, d, deff = "replace"))),
  share = list(est = num(svymean(~sch.wide, d)), ci = num(attr(svyciprop(~I(sch.wide == "Yes"), d, method = "logit"), "ci"))))
keep <- c("stype", "sch.wide", "dnum", "snum", "api00", "api99", "enroll", "api.stu", "meals", "pw", "fpc", "fpc1", "fpc2")
cols <- function(x) lapply(x[intersect(keep, names(x))], function(v) if (is.factor(v)) as.character(v) else unname(as.vector(v)))
out$data <- list(strat = cols(apistrat), clus1 = cols(apiclus1), clus2 = cols(apiclus2))
strat <- svydesign(~1, strata = ~stype, weights = ~pw, fpc = ~fpc, data = apistrat)
clus1 <- svydesign(~dnum, weights = ~pw, fpc = ~fpc, data = apiclus1)
clus2 <- svydesign(~dnum + snum, fpc = ~fpc1 + fpc2, data = apiclus2)
clus2_nofpc <- svydesign(~dnum + snum, weights = ~pw, data = apiclus2)
m.stype <- data.frame(stype = c("E", "H", "M"), Freq = c(4421, 755, 1018))
m.wide <- data.frame(sch.wide = c("No", "Yes"), Freq = c(1072, 5122))
tight <- list(maxit = 500, epsilon = 1e-14)
out$margins <- list(stype = c(4421, 755, 1018), sch.wide = c(1072, 5122), api99 = 3914069, n = 6194)
tight_rake <- function(d) suppressWarnings(rake(d, list(~stype, ~sch.wide), list(m.stype, m.wide), tight))
out$strat <- figures(strat); out$clus1 <- figures(clus1)
out$clus2 <- figures(clus2); out$clus2_nofpc <- figures(clus2_nofpc)
out$rake_strat <- figures(tight_rake(strat)); out$rake_clus1 <- figures(tight_rake(clus1)); out$rake_clus2 <- figures(tight_rake(clus2))
cal_rake <- function(d) calibrate(d, list(~stype, ~sch.wide), list(m.stype, m.wide), calfun = "raking", epsilon = 1e-13)
out$rakecal_strat <- figures(cal_rake(strat)); out$rakecal_clus2 <- figures(cal_rake(clus2))
out$post_clus1 <- figures(postStratify(clus1, ~stype, m.stype)); out$post_clus2 <- figures(postStratify(clus2, ~stype, m.stype))
pop <- c(`(Intercept)` = 6194, stypeH = 755, stypeM = 1018, api99 = 3914069)
out$linear_clus1 <- figures(calibrate(clus1, ~stype + api99, pop)); out$linear_strat <- figures(calibrate(strat, ~stype + api99, pop))
out$expcal_clus1 <- figures(calibrate(clus1, ~stype + api99, pop, calfun = "raking", epsilon = 1e-12))
out$expcal_clus2 <- figures(calibrate(clus2, ~stype + api99, pop, calfun = "raking", epsilon = 1e-12))
out$trim <- with(list(d = trimWeights(tight_rake(clus1), lower = 15, upper = 60, strict = TRUE)),
  list(weights = num(weights(d)), mean = stat(svymean(~api00, d))))
rep <- function(d) list(scale = d$scale, rscales = num(d$rscales), mean = stat(svymean(~api00 + api99, d)),
  total = stat(svytotal(~enroll, d)), by_mean = by(svyby(~api00, ~stype, d, svymean)),
  ratio = list(est = num(coef(svyratio(~api.stu, ~enroll, d))), se = num(SE(svyratio(~api.stu, ~enroll, d)))))
out$jk1 <- rep(as.svrepdesign(clus1, type = "JK1")); out$jkn <- rep(as.svrepdesign(strat, type = "JKn"))
jr <- rake(as.svrepdesign(clus1, type = "JK1"), list(~stype, ~sch.wide), list(m.stype, m.wide), tight)
out$jk1_raked <- rep(jr)
out$jk1_post <- rep(postStratify(as.svrepdesign(clus1, type = "JK1"), ~stype, m.stype))
set.seed(1); b <- as.svrepdesign(clus1, type = "subbootstrap", replicates = 40)
out$subboot <- c(rep(b), list(weights = unname(weights(b, "analysis"))))
one <- apistrat[!(apistrat$stype == "H" & duplicated(apistrat$stype)), ]
out$lonely <- list()
for (choice in c("remove", "adjust", "average")) {
  options(survey.lonely.psu = choice)
  l <- svydesign(~1, strata = ~stype, weights = ~pw, data = one)
  out$lonely[[choice]] <- list(mean = stat(svymean(~api00, l)), by = by(svyby(~api00, ~sch.wide, l, svymean)))
}
cat(toJSON(out, digits = 17, auto_unbox = TRUE, na = "null"))
