# about: OpenLDAP: slapd with a memory-mapped database, additions and searches
# category: databases
# rootfs: servers
# needs: slapd ldapsearch ldapadd
# timeout: 60
mkdir db; printf 'include /etc/ldap/schema/core.schema\nmodulepath /usr/lib/ldap\nmoduleload back_mdb\npidfile /scratch/pid\ndatabase mdb\nmaxsize 100000000\nsuffix "dc=x"\nrootdn "cn=a,dc=x"\nrootpw p\ndirectory /scratch/db\nindex objectClass eq\n' > c; slapd -f c -h 'ldap://127.0.0.1:3389 ldapi://%2Fscratch%2Fs'; sleep 0.7
{ printf 'dn: dc=x\nobjectClass: dcObject\nobjectClass: organization\no: x\ndc: x\n\n'; for i in $(seq 100); do printf 'dn: cn=u%d,dc=x\nobjectClass: person\nsn: s%d\n\n' $i $((i % 10)); done; } | ldapadd -x -H ldap://127.0.0.1:3389 -D cn=a,dc=x -w p | grep -c adding; ldapsearch -x -LLL -H ldapi://%2Fscratch%2Fs -b dc=x '(sn=s3)' cn | sort; ldapwhoami -Q -Y EXTERNAL -H ldapi://%2Fscratch%2Fs; kill $(cat pid); sleep 0.5; slapcat -f c | grep -c ^dn
