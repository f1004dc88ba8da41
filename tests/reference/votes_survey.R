# Rscript votes_survey.R > votes_survey.json: ratios of votes by R's survey, the respondent being the sampling unit.
suppressMessages({library(survey); library(jsonlite)})
set.seed(3)
words <- c("a1", "a2", "b1", "b2", "c1", "x1"); value <- c("A", "A", "B", "B", "C", "")
n <- 60; w <- round(runif(n, .5, 3), 2)
pick <- function() { k <- sample(0:3, 1, prob = c(.05, .2, .35, .4)); sort(sample(words, k)) }
P <- replicate(n, pick(), simplify = FALSE); C <- replicate(n, pick(), simplify = FALSE)
count <- function(L, s) sapply(L, function(v) sum(v %in% s))
m <- count(C, words); d <- svydesign(ids = ~1, weights = ~w, data = data.frame(w = w, m = m,
  A = count(C, c("a1", "a2")), x = count(C, "x1"), voted = as.numeric(m > 0), anyA = as.numeric(count(C, c("a1", "a2")) > 0),
  both = 2 * mapply(function(p, q) length(intersect(p, q)), P, C) * (lengths(P) > 0 & lengths(C) > 0),
  size = (lengths(P) + lengths(C)) * (lengths(P) > 0 & lengths(C) > 0)))
r <- function(f, g, keep) { q <- svyratio(f, g, subset(d, keep)); c(coef(q), SE(q)) }
both <- lengths(P) > 0 & lengths(C) > 0
# subset drops nobody from n in survey's formula; a design of the voters alone has n = voters, as vote_index takes it
only <- function(f, g, keep) { e <- svydesign(ids = ~1, weights = ~w, data = d$variables[keep, ]); q <- svyratio(f, g, e); c(coef(q), SE(q)) }
out <- list(software = list(R = R.version.string, survey = as.character(packageVersion("survey"))),
  words = words, value = value, weights = w, personal = sapply(P, paste, collapse = ";"), current = sapply(C, paste, collapse = ";"),
  share_of_votes_A = unname(only(~A, ~m, m > 0)), share_of_respondents_A = unname(only(~anyA, ~voted, m > 0)),
  entropy = unname(only(~x, ~m, m > 0)), match = unname(only(~both, ~size, both)))
cat(toJSON(out, digits = NA, auto_unbox = TRUE))
