# about: zip, 7z, xz, zstd, bzip2, lz4, cpio, ar: round trips, several threads
# category: build tools and packages
# rootfs: tools
# needs: zip unzip 7z xz zstd bzip2 lz4 cpio
cp -r /usr/include/linux . ; mkdir in; mv linux in; chmod 750 in; ln -s linux in/link
sum() { (cd $1 && find . -type f | sort | xargs sha256sum | sha256sum); }
sum in
zip -qry a.zip in; mkdir z; (cd z; unzip -q ../a.zip; unzip -tq ../a.zip); sum z/in; zipinfo -1 a.zip | wc -l
7z a -bd -mmt=2 a.7z in > /dev/null; 7z x -bd -oy a.7z > /dev/null; sum y/in; 7z t a.7z | grep -c Ok
tar -cf t.tar in
for c in 'xz -1 -T2' 'zstd -q -T2' 'bzip2 -1' 'lz4 -q' 'gzip'; do set -- $c; $c -c t.tar > t.$1; $1 -dc t.$1 | cmp - t.tar && echo $1; done
find in | cpio -o -H newc --quiet > c.cpio; mkdir k; (cd k; cpio -idm --quiet < ../c.cpio); sum k/in
ar rc l.a in/linux/*.h; ar t l.a | wc -l; split -b 100K t.zstd p.; cat p.* | zstd -dq | sha256sum | cut -c 65-
