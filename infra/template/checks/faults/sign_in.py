"""Faults of sign-in."""

from . import Fault, properties, variables


def _client(template, **changes):
    properties(template, "SiteClient").update(changes)


FAULTS = [
    Fault("a wrong callback URL", "user_pool_client", "CallbackURLs", lambda t: _client(t, CallbackURLs=["https://example.com/signed-in"])),
    Fault("a wrong sign-out URL", "user_pool_client", "LogoutURLs", lambda t: _client(t, LogoutURLs=["https://example.com/"])),
    Fault("the implicit flow", "user_pool_client", "AllowedOAuthFlows", lambda t: _client(t, AllowedOAuthFlows=["code", "implicit"])),
    Fault("a client secret", "user_pool_client", "has a client secret", lambda t: _client(t, GenerateSecret=True)),
    Fault("a client that is not enabled for the sign-in page", "user_pool_client", "AllowedOAuthFlowsUserPoolClient", lambda t: _client(t, AllowedOAuthFlowsUserPoolClient=False)),
    Fault("the scope for changing one's own user attributes", "user_pool_client", "AllowedOAuthScopes", lambda t: _client(t, AllowedOAuthScopes=["openid", "aws.cognito.signin.user.admin"])),
    Fault("the default flows with refresh token rotation", "user_pool_client", "ALLOW_REFRESH_TOKEN_AUTH", lambda t: properties(t, "SiteClient").pop("ExplicitAuthFlows")),
    Fault("ALLOW_REFRESH_TOKEN_AUTH with refresh token rotation", "user_pool_client", "ALLOW_REFRESH_TOKEN_AUTH", lambda t: _client(t, ExplicitAuthFlows=["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"])),
    Fault("password authentication through the API", "user_pool_client", "ALLOW_USER_PASSWORD_AUTH", lambda t: _client(t, ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"])),
    Fault("a short grace period", "user_pool_client", "RefreshTokenRotation", lambda t: _client(t, RefreshTokenRotation={"Feature": "ENABLED", "RetryGracePeriodSeconds": 10})),
    Fault("tokens that are valid for days", "user_pool_client", "one hour", lambda t: _client(t, TokenValidityUnits={"AccessToken": "days", "RefreshToken": "days"})),
    Fault("errors that reveal accounts", "user_pool_client", "reveals whether an account exists", lambda t: _client(t, PreventUserExistenceErrors="LEGACY")),
    Fault("no second factor", "user_pool", "the second factor of the parameter Mfa", lambda t: properties(t, "People").pop("MfaConfiguration")),
    Fault("sign-up that is always open", "user_pool", "the sign-up setting", lambda t: properties(t, "People").pop("AdminCreateUserConfig")),
    Fault("mails with Cognito's own sender", "user_pool", "does not send mails", lambda t: properties(t, "People").pop("EmailConfiguration")),
    Fault("short passwords", "user_pool", "8 characters", lambda t: properties(t, "People")["Policies"]["PasswordPolicy"].update(MinimumLength=8)),
    Fault("another name of the admin group", "user_pool", "no group admin", lambda t: properties(t, "Admins").update(GroupName="administrators")),
    Fault("another name of the admin group in the code", "user_pool", "no group root", code=("infra/backend/src/config.rs", 'admin_group: "admin".to_owned()', 'admin_group: "root".to_owned()')),
    Fault("a domain that Cognito rejects", "sign_in_domain_has_a_valid_pattern", "accepts aws-office", lambda t: t["Parameters"]["SignInDomain"].update(AllowedPattern="^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$")),
    Fault("functions that trust another issuer", "functions_and_site_use_one_user_pool", "Api has RALLY_OIDC_ISSUER=", lambda t: variables(t, "Api").update(RALLY_OIDC_ISSUER={"Fn::Sub": "https://cognito-idp.${AWS::Region}.${AWS::URLSuffix}/"})),
    Fault("a site with another client", "functions_and_site_use_one_user_pool", "the output ClientId", lambda t: t["Outputs"]["ClientId"].update(Value={"Ref": "People"})),
]
