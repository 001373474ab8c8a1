#!/usr/bin/env bash
# Checks one run's evidence in a clone with git, ssh-keygen, sha256sum and jq alone.
#
#   audit.sh <clone> <ref> <run-dir> <allowed_signers> <signer>
#
#   audit.sh . origin/hardstop/evidence runs/2026/11/20/k7f3q9xm2p-20261120-155332 signers runner@example.com
#
# Take <allowed_signers> from somewhere the runner cannot write: a reviewed file, or the keys you
# were given. The copy on the branch proves nothing about who signed.
#
# Reads blobs from the object database, never a work tree, so that filters, line-ending conversion
# and refs/replace cannot interfere. Checks the files, the seal, the chain, the register's lines of
# this run, and the branch's commits (levels L1 to L3 of FORMAT.md). It does not judge what the
# events say: that is `hardstop verify`. Exit 0 and OK, 1 and FAIL lines, 2 if it cannot check.
set -u
export LC_ALL=C
[ $# = 5 ] || { sed -n '2,5s/^# \{0,1\}//p' "$0" >&2; exit 2; }
clone=$(realpath "$1") ref=$2 run=${3%/} signers=$(realpath "$4") who=$5
for tool in git ssh-keygen sha256sum jq; do
  command -v "$tool" >/dev/null || { echo "audit.sh needs $tool" >&2; exit 2; }
done
g() { git --no-replace-objects -C "$clone" "$@"; }
head=$(g rev-parse --verify --quiet "$ref^{commit}") || { echo "no such ref: $ref" >&2; exit 2; }
out=$(mktemp -d) || exit 2
trap 'rm -rf "$out"' EXIT
failed=0
bad() { echo "FAIL $*"; failed=1; }
sum() { sha256sum | cut -d' ' -f1; }

# The files of the run, and only plain ones with harmless names.
while IFS=$' \t' read -r mode _ oid path; do
  case $path in
    *[!][A-Za-z0-9._/-]*|*..*|/*|*//*) bad "path $path"; continue ;;
  esac
  [ "$mode" = 100644 ] || { bad "mode $mode $path"; continue; }
  folder=$out/$path folder=${folder%/*}
  [ -d "$folder" ] || mkdir -p "$folder" || exit 2
  g cat-file blob "$oid" > "$out/$path" || exit 2
done < <(g ls-tree -r --full-tree "$head" "$run/" register/ FORMAT .gitattributes)
cd "$out" || exit 2
[ "$(cat FORMAT 2>/dev/null)" = hardstop/evidence/v1 ] || bad "FORMAT is not hardstop/evidence/v1"
attributes='* -text -filter -ident -working-tree-encoding -export-subst -export-ignore -diff -merge'
[ "$(cat .gitattributes 2>/dev/null)" = "$attributes" ] || bad ".gitattributes was changed"
cd "$run" 2>/dev/null || { bad "$run is not on the branch"; exit 1; }
for file in run.json plan.json runbook.yaml inputs.json policy.json journal.jsonl seal.json \
  SHA256SUMS SHA256SUMS.sig; do
  [ -f "$file" ] || { bad "$file is missing"; exit 1; }
done

# The seal: the list is signed, and it is exactly the files there are.
ssh-keygen -Y verify -f "$signers" -I "$who" -n hardstop-evidence-v1 -s SHA256SUMS.sig \
  < SHA256SUMS >/dev/null 2>&1 || bad "the seal is not signed by $who"
if grep -qvE '^[0-9a-f]{64}  [][A-Za-z0-9._/-]+$' SHA256SUMS || cut -c67- SHA256SUMS | grep -qE '^/|\.\.'; then
  bad "SHA256SUMS has a line that is not a digest and a path of the run"
elif ! cut -c67- SHA256SUMS | sort -cu 2>/dev/null; then
  bad "SHA256SUMS is not sorted, or lists a file twice"
else
  sha256sum --strict --quiet -c SHA256SUMS >/dev/null 2>&1 || bad "a file differs from SHA256SUMS"
fi
diff <(find . -type f | cut -c3- | grep -vxE 'SHA256SUMS(\.sig)?|attestation\.intoto\.jsonl' | sort) \
  <(cut -c67- SHA256SUMS | sort -u) >/dev/null || bad "SHA256SUMS does not list exactly the files there are"

# The chain: each line names the digest of the one before it, the first that of run.json.
id=${run##*/} prev=$(sum < run.json) count=0 last_epoch=0
while IFS= read -r line && IFS= read -r said <&3; do
  epoch=${said##* }
  [ "$said" = "$count $prev $id $epoch" ] || bad "chain at journal.jsonl:$((count + 1))"
  [ "$epoch" -ge "$last_epoch" ] 2>/dev/null || bad "lease at journal.jsonl:$((count + 1))"
  last_epoch=$epoch prev=$(printf %s "$line" | sha256sum) count=$((count + 1))
  prev=${prev%% *}
done < journal.jsonl 3< <(jq -r '"\(.seq) \(.prev) \(.run) \(.epoch)"' journal.jsonl 2>/dev/null)
[ "$count" = "$(wc -l < journal.jsonl)" ] || bad "journal.jsonl cannot be read after line $count"
[ "$(tail -c1 journal.jsonl | od -An -tx1 | tr -d ' ')" = 0a ] || bad "journal.jsonl is torn"
[ "$(jq -r '"\(.run) \(.head) \(.seq)"' seal.json)" = "$id $prev $((count - 1))" ] ||
  bad "seal.json was made for another journal"
closed=$(jq -r '.closed // empty' seal.json)
ended=$(tail -1 journal.jsonl | jq -r 'select(.event.type == "run.closed").event.result')
[ "$closed" = "$ended" ] || bad "seal.json says '$closed', the journal says '$ended'"

# The register: it says of this run what the run says of itself.
want="run.opened sha256:$(sum < run.json)"
[ -n "$closed" ] && want="$want
run.closed sha256:$(sum < SHA256SUMS)"
register=$(find "$out/register" -type f 2>/dev/null | sort | xargs -r cat |
  jq -r --arg run "$id" '.event | select(.run == $run) | "\(.type) \(.run_json // .seal)"')
[ "$register" = "$want" ] || bad "the register does not say the same of this run"

# The branch: one line of commits, each signed.
[ -z "$(g rev-list --min-parents=2 "$head")" ] || bad "a merge commit on the branch"
[ "$(g rev-list --max-parents=0 "$head" | wc -l)" = 1 ] || bad "more than one root commit"
unsigned=$(g -c gpg.ssh.allowedSignersFile="$signers" log --format='%H %G? %GS' "$head" 2>/dev/null |
  grep -vxE "[0-9a-f]+ G $who")
[ -z "$unsigned" ] || bad "a commit that is not signed by $who"

[ $failed = 0 ] && echo "OK $id ${closed:-open} head=$prev events=$count"
exit $failed
