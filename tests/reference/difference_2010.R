# Satorra & Bentler's (2010) difference of metric and scalar invariance, three ways.
#
# The statistic needs c10, the scaling factor of the freer model at the restricted model's estimates. lavaan copies the
# restricted model's estimates row by row. The scalar model has factor means in later groups, the metric model has no
# such rows (their place is taken by intercepts), so what lavaan calls M10 loses them and implies other means.
#
#  lavaan      its own statistic, and by how much the means of M10 miss those of the scalar model
#  by_hand     c10 from lavaan at intercepts nu + lambda alpha, which reproduce the scalar model's moments exactly
#  equivalent  lavaan's own statistic of the same two models with factor means in both (markers' intercepts are zero)
suppressMessages({library(lavaan); library(jsonlite)})
d <- HolzingerSwineford1939
d$school <- factor(d$school, levels = c("Pasteur", "Grant-White"))
model <- "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9"
metric <- cfa(model, d, group = "school", group.equal = "loadings", estimator = "MLR")
scalar <- cfa(model, d, group = "school", group.equal = c("loadings", "intercepts"), estimator = "MLR")
own <- lavTestLRT(metric, scalar, method = "satorra.bentler.2010")
m10 <- lavaan:::lav_test_diff_m10(metric, scalar)
gap <- max(abs(fitted(m10)[[2]]$mean - fitted(scalar)[[2]]$mean))

# by hand
table <- parTable(metric)
there <- parTable(scalar)
key <- function(t) paste(t$lhs, t$op, t$rhs, t$group)
table$start <- there$est[match(key(table), key(there))]
estimates <- lavInspect(scalar, "est")
for (g in 1:2) {
  e <- estimates[[g]]
  nu <- e$nu + e$lambda %*% e$alpha
  at <- which(table$op == "~1" & table$group == g & table$lhs %in% rownames(e$nu))
  table$start[at] <- nu[table$lhs[at], 1]
  at <- which(table$op == "~1" & table$group == g & !table$lhs %in% rownames(e$nu))
  table$start[at] <- 0
}
table$est <- table$se <- NULL
table$est <- table$start
at10 <- lavaan(table, d, group = "school", estimator = "MLR", optim.method = "none", optim.force.converged = TRUE,
               check.gradient = FALSE, baseline = FALSE, start = table, warn = FALSE)
miss <- max(sapply(1:2, function(g) max(abs(fitted(at10)[[g]]$mean - fitted(scalar)[[g]]$mean),
                                        abs(fitted(at10)[[g]]$cov - fitted(scalar)[[g]]$cov))))
T0 <- fitMeasures(scalar, "chisq"); T1 <- fitMeasures(metric, "chisq")
d0 <- fitMeasures(scalar, "df"); d1 <- fitMeasures(metric, "df")
c0 <- scalar@test[[2]]$scaling.factor; c10 <- at10@test[[2]]$scaling.factor
cd <- (d0 * c0 - d1 * c10) / (d0 - d1)

# equivalent
zero <- paste(model, "x1 + x4 + x7 ~ 0*1\nvisual + textual + speed ~ NA*1", sep = "\n")
rest <- paste(c("x2", "x3", "x5", "x6", "x8", "x9"), collapse = " + ")
metric2 <- cfa(zero, d, group = "school", group.equal = "loadings", estimator = "MLR")
labels <- paste(sapply(c("x2", "x3", "x5", "x6", "x8", "x9"), function(x) sprintf("%s ~ c(i%s, i%s)*1", x, x, x)),
                collapse = "\n")
scalar2 <- cfa(paste(zero, labels, sep = "\n"), d, group = "school", group.equal = "loadings", estimator = "MLR")
equal <- lavTestLRT(metric2, scalar2, method = "satorra.bentler.2010")
gap2 <- max(abs(fitted(lavaan:::lav_test_diff_m10(metric2, scalar2))[[2]]$mean - fitted(scalar2)[[2]]$mean))

found <- list(
  lavaan = list(statistic = own[["Chisq diff"]][2], mean_gap = gap),
  by_hand = list(c10 = unname(c10), c0 = unname(c0), c = unname(cd), statistic = unname((T0 - T1) / cd), moment_gap = miss),
  equivalent = list(chisq = unname(c(fitMeasures(metric2, "chisq"), fitMeasures(scalar2, "chisq"))),
                    statistic = equal[["Chisq diff"]][2], mean_gap = gap2),
  `_meta` = list(R = R.version.string, lavaan = as.character(packageVersion("lavaan")), script = "difference_2010.R")
)
cat(toJSON(found, auto_unbox = TRUE, digits = 12, pretty = TRUE), file = "difference_2010.json")
