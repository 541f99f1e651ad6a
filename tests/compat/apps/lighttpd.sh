# about: lighttpd with PHP-FPM over a unix socket
# category: web and proxies
# rootfs: servers
# needs: lighttpd curl
# normalise: s/^[-0-9]+ [:0-9]+: //
# normalise: s/UID = [0-9]+/UID = N/
mkdir www; echo '<?php echo "php ", $_GET["x"] * 2, " ", get_current_user(), "\n";' > www/i.php; echo static > www/s; chmod 755 .; F=$(ls /usr/sbin/php-fpm* | head -1)
printf '[global]\nerror_log = /scratch/fpmlog\n[w]\nuser = www-data\ngroup = www-data\nlisten = /scratch/fpm\nlisten.owner = www-data\npm = dynamic\npm.max_children = 4\npm.start_servers = 2\npm.min_spare_servers = 1\npm.max_spare_servers = 3\n' > fpm.conf
$F -y /scratch/fpm.conf; printf 'server.modules = ("mod_fastcgi")\nserver.document-root = "/scratch/www"\nserver.bind = "127.0.0.1"\nserver.port = 8082\nserver.username = "www-data"\nfastcgi.server = (".php" => (("socket" => "/scratch/fpm")))\n' > l.conf; lighttpd -f l.conf -D & sleep 1.5
for i in 1 2 3 4 5; do curl -s "http://127.0.0.1:8082/i.php?x=$i"; done; curl -s http://127.0.0.1:8082/s; kill $!; grep -e ERROR -e WARN fpmlog || true
