# about: LaTeX, pandoc and tesseract: typesetting, conversion, recognition of text
# category: media
# rootfs: media
# needs: pdflatex pandoc tesseract convert
# timeout: 120
export HOME=/scratch SOURCE_DATE_EPOCH=0; printf '\\documentclass{article}\\begin{document}\\section{One}\\label{s} Text $\\sum_{i=1}^n i^2$ see \\ref{s}.\\tableofcontents\\end{document}\n' > t.tex; pdflatex -interaction=batchmode t.tex > /dev/null; pdflatex -interaction=batchmode t.tex | tail -1; pdftotext t.pdf - | grep -c Text; printf '# Title\n\n*a* [b](http://c)\n\n- one\n- two\n' > m.md; pandoc m.md -t html; pandoc m.md -o m.docx; pandoc m.docx -t plain | head -3
convert -size 500x120 xc:white -font DejaVu-Sans -pointsize 48 -annotate +20+80 'Hello 123' o.png; tesseract o.png - 2>/dev/null | head -1
