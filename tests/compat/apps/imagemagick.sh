# about: ImageMagick, Ghostscript, Poppler, rsvg, Graphviz, gnuplot: pictures and documents
# category: media
# rootfs: media
# needs: convert gs pdftotext rsvg-convert dot gnuplot
# timeout: 90
# equal: n.png v.png d.svg
convert -size 400x300 gradient:red-blue -blur 0x3 -resize 50% -strip -define png:exclude-chunks=date,time n.png; identify -format '%w %h %m\n' n.png; convert n.png -rotate 30 -colorspace Gray j.jpg; convert n.png j.jpg +append -format '%wx%h\n' info:; compare -metric AE n.png n.png null: 2>&1 || true; echo
printf '%%!\n/Helvetica findfont 20 scalefont setfont 72 700 moveto (Hello PDF) show showpage\n' > p.ps; gs -q -dNOPAUSE -dBATCH -sDEVICE=pdfwrite -sOutputFile=p.pdf p.ps; pdftotext p.pdf - | head -1; pdfinfo p.pdf | grep Pages; pdftoppm -r 50 -png p.pdf pp; ls pp*
printf '<svg xmlns="http://www.w3.org/2000/svg" width="100" height="100"><circle cx="50" cy="50" r="40" fill="green"/></svg>' > v.svg; rsvg-convert -o v.png v.svg; echo 'digraph { a -> b -> c; a -> c }' | dot -Tsvg > d.svg; gnuplot -e 'set terminal svg; set output "g.svg"; plot sin(x)'; grep -c path g.svg | awk '{print ($1 > 0)}'
