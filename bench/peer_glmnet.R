# glmnet's logistic LASSO on the design and penalties that bench_glm has written. args: folder [thresh]
a <- commandArgs(TRUE); folder <- a[1]; th <- if (length(a) > 1) as.numeric(a[2]) else 1e-7
suppressMessages({library(Matrix); library(glmnet)})
read <- function(name, what, size) { p <- file.path(folder, name); readBin(p, what, file.size(p) / size, size = size) }
y <- read("outcome", "double", 8); starts <- read("starts", "integer", 4); la <- read("penalties", "double", 8)
x <- new("dgCMatrix", i = read("indices", "integer", 4), p = starts, x = read("data", "double", 8), Dim = c(length(y), length(starts) - 1L))
rss <- function(k) as.numeric(sub("[^0-9]*([0-9]+).*", "\\1", grep(k, readLines("/proc/self/status"), value = TRUE))) / 1024
base <- rss("VmRSS")
t <- system.time(m <- glmnet(x, y, family = "binomial", lambda = la, standardize = FALSE, thresh = th))
peak <- rss("VmHWM")
at <- seq(1, length(m$lambda), 7)
fit <- predict(m, x, s = m$lambda[at])
ob <- sapply(seq_along(at), function(k) mean(pmax(fit[, k], 0) + log1p(exp(-abs(fit[, k]))) - y * fit[, k]) + m$lambda[at[k]] * sum(abs(m$beta[, at[k]])))
cat(sprintf('{"peer":"glmnet %s","n":%d,"penalties":%d,"thresh":%g,"cpu":%.2f,"above_mib":%.0f,"nz":[%s],"objective":[%s]}\n', packageVersion("glmnet"), length(y),
            length(m$lambda), th, t[1] + t[2], peak - base, paste(m$df[at], collapse = ","), paste(sprintf("%.9f", ob), collapse = ",")))
