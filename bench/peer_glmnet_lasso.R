# glmnet's LASSO with cross-validation on the design, folds and penalties that bench_lasso has written. args: folder [family] [thresh]
a <- commandArgs(TRUE); folder <- a[1]; family <- if (length(a) > 1) a[2] else "gaussian"; th <- if (length(a) > 2) as.numeric(a[3]) else 1e-7
suppressMessages({library(Matrix); library(glmnet)})
read <- function(name, what, size) { p <- file.path(folder, name); readBin(p, what, file.size(p) / size, size = size) }
y <- read("outcome", "double", 8); starts <- read("starts", "integer", 4); la <- read("penalties", "double", 8)
x <- new("dgCMatrix", i = read("indices", "integer", 4), p = starts, x = read("data", "double", 8), Dim = c(length(y), length(starts) - 1L))
folds <- read("folds", "integer", 4) + 1L
rss <- function(k) as.numeric(sub("[^0-9]*([0-9]+).*", "\\1", grep(k, readLines("/proc/self/status"), value = TRUE))) / 1024
base <- rss("VmRSS")
# cv.glmnet standardises nothing here, divides by n, and fits all rows besides every fold
t <- system.time(m <- cv.glmnet(x, y, family = family, lambda = la, foldid = folds, standardize = FALSE, thresh = th))
peak <- rss("VmHWM")
fit <- predict(m$glmnet.fit, x, s = la)
loss <- function(m) if (family == "gaussian") (y - m)^2 / 2 else pmax(m, 0) + log1p(exp(-abs(m))) - y * m
ob <- sapply(seq_along(la), function(k) mean(loss(fit[, k])) + la[k] * sum(abs(m$glmnet.fit$beta[, k])))
cat(sprintf('{"peer":"glmnet %s","n":%d,"folds":%d,"penalties":%d,"thresh":%g,"cpu":%.2f,"above_mib":%.0f,"score":%.6f,"nz":[%s],"objective":[%s]}\n',
            packageVersion("glmnet"), length(y), max(folds), length(la), th, t[1] + t[2], peak - base, -min(m$cvm),
            paste(m$glmnet.fit$df, collapse = ","), paste(sprintf("%.9f", ob), collapse = ",")))
