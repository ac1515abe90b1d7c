# shellcheck shell=bash
# Terraform as the steps use it: planned into a file, looked through, and only that file applied. Sourced, never run.

tf() {
    terraform -chdir="$REPO/terraform" "$@"
}

# The model's key is an ephemeral variable: in no plan, so it is given again with every command.
read_key() {
    [[ -n $GEMINI_KEY_SECRET && -z ${TF_VAR_gemini_api_key:-} ]] || return 0
    TF_VAR_gemini_api_key=$(gcloud secrets versions access latest --secret="$GEMINI_KEY_SECRET" --project="$PROJECT_ID")
    export TF_VAR_gemini_api_key
}

# Plans, shows the plan, and ends the build when it would destroy data. Arguments: name of the plan, more options.
make_plan() {
    local name=$1 plan=$WORK/$1.tfplan file allow=()
    shift
    [[ $ALLOW_DESTROY == false ]] || allow=(--allow)
    local options=(-input=false -lock-timeout=10m -out="$plan")
    if [[ -n $TFVARS ]]; then
        file=$REPO/terraform/$TFVARS
        [[ $TFVARS != gs://* ]] || file=$WORK/pipeline.tfvars
        [[ -f $file ]] || die "$file is not there" "TFVARS is a file in terraform/, or gs://BUCKET/FILE that prepare.sh fetches."
        options+=(-var-file="$file")
    fi
    # After the file: what the other steps use must be what Terraform uses.
    options+=(-var=project_id="$PROJECT_ID" -var=region="$REGION" -var=prefix="$PREFIX" -var=profile="$PROFILE")
    read_key
    rm -f "$plan"
    (umask 077 && tf plan "${options[@]}" "$@")
    if ! tf show -json "$plan" | python3 "$HERE/guard.py" "${allow[@]}"; then
        rm -f "$plan"
        die "the plan '$name' is refused, and nothing of it was applied" "ALLOW_DESTROY=true (_ALLOW_DESTROY in a build) lets it through."
    fi
}

# Arguments: name of a plan that make_plan made.
apply_plan() {
    read_key
    tf apply -input=false -lock-timeout=10m "$WORK/$1.tfplan"
    rm -f "$WORK/$1.tfplan"
}
