# about: R: vectors, a model, a plot to a file, parallel workers by fork
# category: languages
# rootfs: languages
# needs: Rscript
# timeout: 90
cat > t.R <<'END'
x <- seq(0, 10, length.out = 200); y <- 3 * x + sin(x); print(round(coef(lm(y ~ x)), 4)); print(sum(unlist(parallel::mclapply(1:8, function(i) i^2, mc.cores = 2)))); write.csv(data.frame(x, y), "d.csv"); print(dim(read.csv("d.csv")))
pdf("p.pdf"); plot(x, y); invisible(dev.off()); print(file.size("p.pdf") > 2000); print(system("echo shell", intern = TRUE)); print(tryCatch(file("/none", "r"), error = function(e) "no file", warning = function(w) "no file")); m <- matrix(runif(250000), 500); print(dim(solve(m))); print(length(list.files("/etc")) > 10)
END
Rscript t.R
