# Rscript composite_errors.R > composite_errors.json    (from this folder; R, lavaan, jsonlite)
# Standard errors of composite reliability and AVE of standardised loadings, by lavaan's delta method of := rows.
suppressMessages({library(lavaan); library(jsonlite)})
hs <- HolzingerSwineford1939
text <- "visual =~ v1*x1 + v2*x2 + v3*x3
textual =~ x4 + x5 + x6
x1 ~~ e1*x1
x2 ~~ e2*x2
x3 ~~ e3*x3
x2 ~~ e23*x3
s1 := v1/sqrt(v1^2 + e1)
s2 := v2/sqrt(v2^2 + e2)
s3 := v3/sqrt(v3^2 + e3)
u := (1 - s1^2) + (1 - s2^2) + (1 - s3^2)
cov23 := e23/sqrt((v2^2 + e2)*(v3^2 + e3))
cr := (s1 + s2 + s3)^2/((s1 + s2 + s3)^2 + u + 2*cov23)
ave := (s1^2 + s2^2 + s3^2)/3"
of <- function(fit) {
  p <- parameterEstimates(fit)
  p <- p[match(c("cr", "ave"), p$lhs), ]
  list(est = p$est, se = p$se)
}
bfi <- read.csv("../../data/bfi/responses.csv")
bfi <- bfi[complete.cases(bfi[, paste0("N", 1:5)]), ]
ordinal <- paste0("N =~ ", paste0("l", 1:5, "*N", 1:5, collapse = " + "), "\n",
  "t := l1 + l2 + l3 + l4 + l5\nq := l1^2 + l2^2 + l3^2 + l4^2 + l5^2\ncr := t^2/(t^2 + 5 - q)\nave := q/5")
found <- list(ml = of(cfa(text, hs, std.lv = TRUE)), mlr = of(cfa(text, hs, std.lv = TRUE, estimator = "MLR")),
  wlsmv = of(cfa(ordinal, bfi, std.lv = TRUE, ordered = TRUE, estimator = "WLSMV")))
cat(toJSON(c(list("_meta" = list(R = R.version.string, lavaan = as.character(packageVersion("lavaan")),
  script = "composite_errors.R", hs = "x1-x6, x2 ~~ x3", bfi = "N1-N5, complete rows")), found), digits = NA, auto_unbox = TRUE))
