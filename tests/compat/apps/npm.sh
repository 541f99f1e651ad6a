# about: npm ci of a tree of 300 local packages, scripts, links
# category: build tools and packages
# rootfs: languages
# needs: npm node
# timeout: 240
# normalise: s/ in [0-9]+m?s//
export HOME=/scratch npm_config_audit=false npm_config_fund=false npm_config_update_notifier=false npm_config_offline=true npm_config_cache=/scratch/cache
node -e 'const fs = require("fs"), cp = require("child_process"), deps = {}; fs.mkdirSync("t"); for (let i = 0; i < 300; i++) { const d = "p/p" + i + "/package"; fs.mkdirSync(d + "/lib", { recursive: true }); fs.writeFileSync(d + "/package.json", JSON.stringify({ name: "p" + i, version: "1.0." + i, main: "lib/i.js", bin: i % 50 ? undefined : "lib/i.js" })); fs.writeFileSync(d + "/lib/i.js", "#!/usr/bin/env node\nmodule.exports = " + i + ";\n"); deps["p" + i] = "file:t/p" + i + ".tgz"; } fs.writeFileSync("package.json", JSON.stringify({ name: "top", version: "1.0.0", dependencies: deps, scripts: { test: "node -e \"let s = 0; for (let i = 0; i < 300; i++) s += require(String.fromCharCode(112) + i); console.log(s)\"" } }));'
for i in $(seq 0 299); do tar -C p/p$i -czf t/p$i.tgz package; done
npm install --package-lock-only > /dev/null; npm ci --prefer-offline; ls node_modules | wc -l; ls node_modules/.bin | wc -l; npm -s test; npm ls --depth=0 | wc -l
