# about: zsh: globs with qualifiers, modules, sockets, pseudo terminals
# category: shells and core tools
# rootfs: tools
# needs: zsh
cat > t.zsh <<'END'
mkdir -p a/b; print hi > a/one; print longer > a/b/two; ln -s one a/link; chmod 600 a/one
print -l a/**/*(.) a/*(@) a/*(/) ; print -l /usr/bin/z*(N:t) | head -5
zmodload zsh/stat zsh/system zsh/zpty zsh/net/socket zsh/datetime
zstat -H s a/one; print $s[mode] $s[size]
zpty p 'stty -echo; read x; echo got $x'; zpty -w p hello; sleep 0.5; zpty -r p out; print ${out%%$'\r'*}; zpty -d p
zsocket -l sock; fd=$REPLY; (zsocket sock; print -u $REPLY ping) & zsocket -a $fd; read -u $REPLY line; print $line; wait
print ${(j:,:)${(f)"$(getent passwd root)"}}; sysopen -r -u 3 /etc/hostname; sysread -i 3 h; print $h
TRAPUSR1() { print trapped }; kill -USR1 $$; (exit 7); print $?
END
zsh -f t.zsh
