# Rao and Scott's F of survey::svychisq on a small table with unequal weights -> cross_table.json
suppressMessages({library(survey); library(jsonlite)})
counts <- matrix(c(12, 30, 7, 22, 14, 9), 2, byrow = TRUE)
people <- do.call(rbind, lapply(1:2, function(i) do.call(rbind, lapply(1:3, function(j)
  data.frame(a = rep(i - 1, counts[i, j]), b = rep(j - 1, counts[i, j]))))))
people$w <- 1 + ((seq_len(nrow(people)) - 1) * 7) %% 5
test <- svychisq(~a + b, svydesign(ids = ~1, weights = ~w, data = people), statistic = "F")
share <- prop.table(xtabs(w ~ a + b, people), 1)
out <- list(software = paste("survey", packageVersion("survey"), R.version.string),
  F = unname(test$statistic), ndf = unname(test$parameter[1]), ddf = unname(test$parameter[2]),
  p = unname(test$p.value), row_share = unclass(matrix(share, 2)))
write(toJSON(out, auto_unbox = TRUE, digits = 15, pretty = TRUE), "cross_table.json")
