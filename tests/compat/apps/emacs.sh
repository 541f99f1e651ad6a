# about: emacs in batch mode: lisp, files, subprocesses, byte compilation
# category: editors and terminals
# rootfs: tools
# needs: emacs
# equal: out
cat > t.el <<'END'
(princ (format "%s\n" (mapcar (lambda (x) (* x x)) '(1 2 3))))
(with-temp-file "/scratch/out" (dotimes (i 100) (insert (format "line %d\n" i))) (sort-lines t (point-min) (point-max)))
(princ (shell-command-to-string "wc -l < /scratch/out"))
(let ((p (start-process "cat" "b" "cat"))) (process-send-string p "hi\n") (process-send-eof p) (while (process-live-p p) (accept-process-output p 0.1))
  (with-current-buffer "b" (princ (buffer-substring 1 3))))
(princ (format "\n%s %s\n" (file-attribute-size (file-attributes "/scratch/out")) (file-modes "/etc/passwd")))
(princ (length (directory-files-recursively "/usr/share/emacs/site-lisp" "\\.el$")))
END
HOME=/scratch emacs --batch -l t.el; echo
echo '(defun f (x) (+ x 1))' > c.el; HOME=/scratch emacs --batch -f batch-byte-compile c.el 2>/dev/null; ls c.elc
