"""Sign-in: the user pool of Cognito, and its settings in the functions and the outputs."""

import re

from .stack import source


def _site(stack):
    return f"https://{stack.parameters['DomainName'] or '<Distribution.DomainName>'}"


def user_pool_client(stack):
    """A public client with the authorization code flow, only for the address of the site."""
    for name, settings in stack.of_type("AWS::Cognito::UserPoolClient").items():
        wanted = {
            "GenerateSecret": (False, "has a client secret, which a page cannot keep"),
            "AllowedOAuthFlowsUserPoolClient": (True, "is not enabled for the sign-in page"),
            "AllowedOAuthFlows": (["code"], "allows other flows than the authorization code flow"),
            "AllowedOAuthScopes": (["openid", "profile", "email"], "issues tokens with other scopes than the site requests"),
            "SupportedIdentityProviders": (["COGNITO"], "allows other identity providers"),
            "CallbackURLs": ([f"{_site(stack)}/signed-in"], "sends the authorization code to another address than the site's"),
            "LogoutURLs": ([f"{_site(stack)}/"], "redirects to another address after sign-out"),
            "EnableTokenRevocation": (True, "cannot revoke tokens"),
            "PreventUserExistenceErrors": ("ENABLED", "reveals whether an account exists"),
            "UserPoolId": ("<People>", "belongs to another user pool"),
            # The maximum ("RefreshTokenRotationType"): with a shorter grace period, two tabs on a slow network sign each other out.
            "RefreshTokenRotation": ({"Feature": "ENABLED", "RetryGracePeriodSeconds": 60}, "has another refresh token rotation than the site expects"),
        }
        for member, (value, problem) in wanted.items():
            if settings.get(member) != value:
                yield f"{name} {problem}: {member} is {settings.get(member)}"
        flows = settings.get("ExplicitAuthFlows")
        # Without the list Cognito uses default flows, which include ALLOW_REFRESH_TOKEN_AUTH.
        if not flows or "ALLOW_REFRESH_TOKEN_AUTH" in flows:
            yield f"{name} is rejected by Cognito: ALLOW_REFRESH_TOKEN_AUTH is incompatible with refresh token rotation"
        for flow in set(flows or []) - {"ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"}:
            yield f"{name} allows {flow}, which the site does not use"
        units = settings.get("TokenValidityUnits", {})
        if (settings.get("AccessTokenValidity"), units.get("AccessToken")) != (60, "minutes") or (settings.get("RefreshTokenValidity"), units.get("RefreshToken")) != (30, "days"):
            yield f"{name} issues tokens with another validity than one hour and 30 days"
    if "/signed-in" not in source("src/routes.rs"):
        yield "the site has no page /signed-in"


def user_pool(stack):
    for name, settings in stack.of_type("AWS::Cognito::UserPool").items():
        factors = None if stack.parameters["Mfa"] == "OFF" else ["SOFTWARE_TOKEN_MFA"]
        if settings.get("MfaConfiguration") != stack.parameters["Mfa"] or settings.get("EnabledMfas") != factors:
            yield f"{name} does not have the second factor of the parameter Mfa"
        if settings.get("AdminCreateUserConfig", {}).get("AllowAdminCreateUserOnly") is not (stack.parameters["SignUp"] == "closed"):
            yield f"{name} does not have the sign-up setting of the parameter SignUp"
        mail = settings.get("EmailConfiguration")
        wanted = {"EmailSendingAccount": "DEVELOPER", "From": stack.parameters["MailFrom"], "SourceArn": stack.parameters["MailIdentity"]}
        if mail != (wanted if stack.parameters["MailFrom"] else None):
            yield f"{name} does not send mails with the parameters MailFrom and MailIdentity"
        password = settings.get("Policies", {}).get("PasswordPolicy", {})
        if password.get("MinimumLength", 8) < 15:
            yield f"{name} accepts passwords of {password.get('MinimumLength')} characters"
        if settings.get("UsernameAttributes") != ["email"] or settings.get("AutoVerifiedAttributes") != ["email"]:
            yield f"{name} does not use a verified mail address as the user name"
        if "name" not in {one["Name"] for one in settings.get("Schema", []) if one.get("Required")}:
            yield f"{name} does not require the name that rooms show"
    group = re.search(r'admin_group: "(\w+)"', source("infra/backend/src/config.rs")).group(1)
    if [one["GroupName"] for one in stack.of_type("AWS::Cognito::UserPoolGroup").values() if one["UserPoolId"] == "<People>"] != [group]:
        yield f"the user pool has no group {group}, which the code expects for admins"
    if [(one["Domain"], one["UserPoolId"]) for one in stack.of_type("AWS::Cognito::UserPoolDomain").values()] != [(stack.parameters["SignInDomain"], "<People>")]:
        yield "the user pool does not have the domain SignInDomain"


def sign_in_domain_has_a_valid_pattern(stack):
    """The pattern of SignInDomain rejects invalid characters and reserved words ("UserPoolDomain")."""
    pattern = re.compile(stack.template["Parameters"]["SignInDomain"]["AllowedPattern"])
    for name, is_valid in {"office": True, "a": True, "my-office-2": True, "aws-office": False, "my-amazon": False, "cognito": False, "Office": False, "-a": False, "a-": False, "a_b": False, "a" * 64: False}.items():
        if bool(pattern.match(name)) is not is_valid:
            yield f"SignInDomain {'rejects' if is_valid else 'accepts'} {name}"


def functions_and_site_use_one_user_pool(stack):
    """The variables of the functions and the outputs for the site name the same user pool, client and addresses."""
    issuer = f"https://cognito-idp.{stack.region}.amazonaws.com/<People>"
    expected = {
        "RALLY_OIDC_ISSUER": issuer, "RALLY_OIDC_CLIENT_ID": "<SiteClient>",
        "RALLY_OIDC_USERINFO": f"https://<SignIn>.auth.{stack.region}.amazoncognito.com/oauth2/userInfo",
    }
    for function in stack.functions():
        for variable, value in expected.items():
            if variable in stack.variables(function) and stack.variables(function)[variable] != value:
                yield f"{function} has {variable}={stack.variables(function)[variable]}, expected {value}"
    outputs = {"Issuer": issuer, "ClientId": "<SiteClient>", "UserPool": "<People>", "SiteBucket": "<Site>", "DistributionId": "<Distribution>", "SiteAddress": _site(stack)}
    for name, value in outputs.items():
        if stack.outputs.get(name) != value:
            yield f"the output {name} is {stack.outputs.get(name)}, expected {value}"


RULES = [user_pool_client, user_pool, sign_in_domain_has_a_valid_pattern, functions_and_site_use_one_user_pool]
