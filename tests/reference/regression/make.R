# Regressions with standard errors by R: lm and glm, and sandwich::vcovCL with its defaults (type HC1 for lm and HC0 for glm, cadjust). Cells are
# multiples of 1/64, so that 32-bit floats hold them. `persons` is kids + adults: lm leaves it out; glm at this tolerance would not see that, so it
# is not given it. Families are the clusters. Writes problem.csv, coefficients.csv, fits.csv and versions.txt beside itself. Run: Rscript make.R
library(sandwich)
library(statmod)
set.seed(20261122)
n <- 240
grain <- function(x) round(x * 64) / 64
d <- data.frame(family = sample(1:50, n, replace = TRUE), age = grain(rnorm(n, 40, 12)), year = sample(2003:2021, n, replace = TRUE),
                kids = rpois(n, 1), adults = 1 + rpois(n, .6), debt = grain(rnorm(n)), flag = rbinom(n, 1, .4),
                area = sample(c("North", "South", "West"), n, replace = TRUE, prob = c(.5, .3, .2)))
d$persons <- d$kids + d$adults
shared <- rnorm(50)[d$family] / 2
line <- .02 * (d$age - 40) - .03 * (d$year - 2012) + .3 * d$kids - .4 * d$flag + .5 * (d$area == "West") + .3 * d$debt + shared
d$number <- grain(2 + line + rnorm(n))
d$event <- rbinom(n, 1, plogis(line))
d$exposure <- sample(c(.25, .5, 1, 2), n, replace = TRUE)
d$count <- rpois(n, d$exposure * exp(line / 2))
d$amount <- grain(ifelse(runif(n) < .4, 0, exp(line / 2) * rgamma(n, 2)))
d$w <- sample(1:3, n, replace = TRUE)
write.csv(d, "problem.csv", row.names = FALSE, quote = FALSE)

d$area <- relevel(factor(d$area), ref = "South")
predictors <- "age + year + kids + adults + debt + flag + area + persons"
model <- function(outcome) as.formula(paste(outcome, "~", predictors))
glm_model <- function(outcome) update(model(outcome), . ~ . - persons)
tight <- glm.control(epsilon = 1e-14, maxit = 100)
fits <- list(squared_error = lm(model("number"), d), squared_error_weighted = lm(model("number"), d, weights = w),
             logistic = glm(glm_model("event"), binomial, d, control = tight),
             logistic_weighted = glm(glm_model("event"), binomial, d, weights = w, control = tight),
             poisson = glm(glm_model("count"), poisson, d, offset = log(exposure), control = tight),
             poisson_weighted = glm(glm_model("count"), poisson, d, offset = log(exposure), weights = w, control = tight),
             tweedie = glm(glm_model("amount"), tweedie(var.power = 1.5, link.power = 0), d, control = tight),
             tweedie_weighted = glm(glm_model("amount"), tweedie(var.power = 1.5, link.power = 0), d, weights = w, control = tight))
options(digits = 17)
coefficients <- NULL
numbers <- NULL
for (name in names(fits)) {
  fit <- fits[[name]]
  s <- summary(fit)
  table <- coef(s)
  kept <- rownames(table)
  ci <- table[, 1] + outer(table[, 2], c(-1, 1)) * if (colnames(table)[3] == "t value") qt(.975, df.residual(fit)) else qnorm(.975)
  coefficients <- rbind(coefficients, data.frame(fit = name, term = kept, estimate = table[, 1], model = table[, 2], statistic = table[, 3],
                        p = table[, 4], lower = ci[, 1], upper = ci[, 2], robust = sqrt(diag(vcovCL(fit, seq_len(n))))[kept],
                        cluster = sqrt(diag(vcovCL(fit, d$family)))[kept]))
  lm_fit <- !inherits(fit, "glm")
  constant <- if (lm_fit) update(fit, . ~ 1) else NULL
  no_likelihood <- startsWith(name, "tweedie")
  numbers <- rbind(numbers, data.frame(fit = name, deviance = deviance(fit), null_deviance = if (lm_fit) deviance(constant) else fit$null.deviance,
                   log_likelihood = if (no_likelihood) NA else as.numeric(logLik(fit)), aic = if (no_likelihood) NA else AIC(fit),
                   df_residual = df.residual(fit), dispersion = if (lm_fit) s$sigma^2 else s$dispersion))
}
write.csv(coefficients, "coefficients.csv", row.names = FALSE, quote = FALSE, na = "")
write.csv(numbers, "fits.csv", row.names = FALSE, quote = FALSE, na = "")
writeLines(c(R.version.string, paste("sandwich", packageVersion("sandwich")), paste("statmod", packageVersion("statmod"))), "versions.txt")
