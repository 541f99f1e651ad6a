# about: Apache httpd: prefork and event workers, CGI, basic authentication, graceful restart, ab
# category: web and proxies
# rootfs: servers
# needs: apache2 curl ab
mkdir -p www cgi run; chmod 755 .; echo hello > www/i.html; printf '#!/bin/sh\necho Content-type: text/plain; echo; echo "$REQUEST_METHOD $QUERY_STRING"; id -un; cat\n' > cgi/c; chmod 755 cgi/c; htpasswd -bc pw joe secret 2>/dev/null
for mpm in prefork event; do
cat > conf <<END
ServerName box
Listen 127.0.0.1:8081
PidFile /scratch/run/pid
ServerRoot /usr/lib/apache2
DefaultRuntimeDir /scratch/run
User www-data
Group www-data
ErrorLog /scratch/err
LoadModule mpm_${mpm}_module modules/mod_mpm_$mpm.so
LoadModule authz_core_module modules/mod_authz_core.so
LoadModule authn_core_module modules/mod_authn_core.so
LoadModule authn_file_module modules/mod_authn_file.so
LoadModule authz_user_module modules/mod_authz_user.so
LoadModule auth_basic_module modules/mod_auth_basic.so
LoadModule cgi${mpm#prefork}_module modules/mod_cgi.so
LoadModule alias_module modules/mod_alias.so
DocumentRoot /scratch/www
ScriptAlias /cgi /scratch/cgi
<Location /cgi/p>
AuthType Basic
AuthName x
AuthUserFile /scratch/pw
Require valid-user
</Location>
END
sed -i 's/cgievent_module modules.mod_cgi.so/cgid_module modules\/mod_cgid.so/' conf; [ $mpm = prefork ] || echo 'ScriptSock /scratch/run/cgisock' >> conf; cp cgi/c cgi/p
apache2 -f /scratch/conf -k start; i=0; until curl -s -o /dev/null http://127.0.0.1:8081/i.html || [ $i -gt 50 ]; do sleep 0.2; i=$((i + 1)); done
curl -s http://127.0.0.1:8081/i.html; curl -s -d body "http://127.0.0.1:8081/cgi/c?q=1"; echo; curl -s -o /dev/null -w '%{http_code}\n' http://127.0.0.1:8081/cgi/p; curl -s -u joe:secret "http://127.0.0.1:8081/cgi/p?auth"; ab -q -n 500 -c 10 http://127.0.0.1:8081/i.html | grep -e 'Complete requests' -e 'Failed requests'; apache2 -f /scratch/conf -k graceful; sleep 1; curl -s http://127.0.0.1:8081/i.html; apache2 -f /scratch/conf -k stop; while [ -e run/pid ]; do sleep 0.1; done
done; grep -e crit -e emerg -e alert err || true
