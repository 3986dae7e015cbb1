# A random forest by ranger: Rscript peer_ranger.R N TREES DEPTH LEAF SEED, the table from BENCH_DATA, threads from BENCH_THREADS.
# Missing cells stand below every value.
suppressMessages(library(ranger))
given <- as.integer(commandArgs(TRUE))
n <- given[1]; trees <- given[2]; depth <- given[3]; leaf <- given[4]; seed <- given[5]
threads <- as.integer(Sys.getenv("BENCH_THREADS", "1"))

rows <- function(kind, first, count, columns) {
  file <- file(paste0(Sys.getenv("BENCH_DATA"), ".", kind, ".f32"), "rb")
  on.exit(close(file))
  seek(file, first * columns * 4)
  matrix(readBin(file, "double", count * columns, size = 4), ncol = columns, byrow = TRUE)
}
predictors <- function(first, count) {
  x <- rows("x", first, count, 446)
  x[!is.finite(x)] <- -1
  colnames(x) <- paste0("x", seq_len(446))
  x
}
memory <- function(name) {
  as.numeric(gsub("[^0-9]", "", grep(name, readLines("/proc/self/status"), value = TRUE))) / 1024
}

x <- predictors(0, n)
y <- rows("y", 0, n, 4)[, 1]
base <- memory("VmRSS")
time <- system.time(model <- ranger(x = x, y = y, num.trees = trees, mtry = 21, min.node.size = leaf, max.depth = depth,
                                    num.threads = threads, seed = seed, oob.error = FALSE))
peak <- memory("VmHWM")
held <- predictors(500000, 50000)
predicted <- predict(model, data = held, num.threads = threads)$predictions
cat(sprintf('{"peer":"ranger","n":%d,"target":0,"trees":%d,"bin":0,"tree":%.4f,"tree_cpu":%.4f,"above_mib":%.0f,"quality":%.4f}\n',
            n, trees, time[3] / trees, (time[1] + time[2]) / trees, peak - base, cor(predicted, rows("y", 500000, 50000, 4)[, 1])))
