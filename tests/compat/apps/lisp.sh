# about: SBCL: its own memory management and signals, threads, programs, a saved image
# category: languages
# rootfs: languages
# needs: sbcl
# timeout: 90
cat > t.lisp <<'END'
(require :sb-posix) (require :sb-bsd-sockets)
(format t "~a~%" (reduce #'+ (mapcar #'sb-thread:join-thread (loop for i below 4 collect (let ((i i)) (sb-thread:make-thread (lambda () (let ((l nil)) (dotimes (k 200000) (push (* k i) l)) (length l)))))))))
(sb-ext:gc :full t) (format t "~a~%" (sb-ext:process-exit-code (sb-ext:run-program "/bin/sh" '("-c" "exit 5"))))
(format t "~a~%" (with-output-to-string (s) (sb-ext:run-program "/bin/echo" '("out") :output s))) (format t "~a~%" (handler-case (labels ((f (x) (+ 1 (f x)))) (f 1)) (sb-kernel::control-stack-exhausted () "exhausted")))
(format t "~a ~a~%" (handler-case (open "/none/x") (error (e) (type-of e))) (> (length (directory "/etc/*.conf")) 0)) (let ((p (sb-posix:fork))) (if (= p 0) (sb-ext:exit :code 3 :abort t) (format t "~a~%" (sb-posix:wexitstatus (nth-value 1 (sb-posix:waitpid p 0))))))
END
sbcl --noinform --non-interactive --load t.lisp 2>/dev/null
sbcl --noinform --non-interactive --eval '(sb-ext:save-lisp-and-die "img" :executable t :toplevel (lambda () (format t "saved ~a~%" (length sb-ext:*posix-argv*)) (sb-ext:exit :code 0)))' > /dev/null 2>&1; ./img a b
