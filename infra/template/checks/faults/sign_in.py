"""Faults of sign-in."""

from . import Fault, properties, variables


def _client(template, **changes):
    properties(template, "SiteClient").update(changes)


FAULTS = [
    Fault("a wrong callback URL", "client", "CallbackURLs", lambda t: _client(t, CallbackURLs=["https://example.com/signed-in"])),
    Fault("a wrong page after signing out", "client", "LogoutURLs", lambda t: _client(t, LogoutURLs=["https://example.com/"])),
    Fault("the implicit flow", "client", "AllowedOAuthFlows", lambda t: _client(t, AllowedOAuthFlows=["code", "implicit"])),
    Fault("a client secret", "client", "has a secret", lambda t: _client(t, GenerateSecret=True)),
    Fault("a client that may not use the sign-in page", "client", "AllowedOAuthFlowsUserPoolClient", lambda t: _client(t, AllowedOAuthFlowsUserPoolClient=False)),
    Fault("tokens for administering oneself", "client", "AllowedOAuthScopes", lambda t: _client(t, AllowedOAuthScopes=["openid", "aws.cognito.signin.user.admin"])),
    Fault("the default flows beside rotation", "client", "ALLOW_REFRESH_TOKEN_AUTH", lambda t: properties(t, "SiteClient").pop("ExplicitAuthFlows")),
    Fault("REFRESH_TOKEN_AUTH beside rotation", "client", "ALLOW_REFRESH_TOKEN_AUTH", lambda t: _client(t, ExplicitAuthFlows=["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"])),
    Fault("passwords over the API", "client", "ALLOW_USER_PASSWORD_AUTH", lambda t: _client(t, ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"])),
    Fault("a short grace", "client", "RefreshTokenRotation", lambda t: _client(t, RefreshTokenRotation={"Feature": "ENABLED", "RetryGracePeriodSeconds": 10})),
    Fault("tokens that last a day", "client", "an hour", lambda t: _client(t, TokenValidityUnits={"AccessToken": "days", "RefreshToken": "days"})),
    Fault("accounts that are told apart", "client", "who has an account", lambda t: _client(t, PreventUserExistenceErrors="LEGACY")),
    Fault("no second factor", "pool", "second factor", lambda t: properties(t, "People").pop("MfaConfiguration")),
    Fault("sign-up that is always open", "pool", "sign up", lambda t: properties(t, "People").pop("AdminCreateUserConfig")),
    Fault("mails that Cognito alone sends", "pool", "mails", lambda t: properties(t, "People").pop("EmailConfiguration")),
    Fault("short passwords", "pool", "8 characters", lambda t: properties(t, "People")["Policies"]["PasswordPolicy"].update(MinimumLength=8)),
    Fault("another group of admins", "pool", "no group admin", lambda t: properties(t, "Admins").update(GroupName="administrators")),
    Fault("a group that the code calls otherwise", "pool", "no group root", code=("infra/backend/src/config.rs", 'admin_group: "admin".to_owned()', 'admin_group: "root".to_owned()')),
    Fault("a domain that Cognito refuses", "domain_is_one_that_cognito_takes", "takes aws-office", lambda t: t["Parameters"]["SignInDomain"].update(AllowedPattern="^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$")),
    Fault("functions that trust another issuer", "everybody_agrees", "Api is told RALLY_OIDC_ISSUER", lambda t: variables(t, "Api").update(RALLY_OIDC_ISSUER={"Fn::Sub": "https://cognito-idp.${AWS::Region}.${AWS::URLSuffix}/"})),
    Fault("a site that is told another pool", "everybody_agrees", "the output ClientId", lambda t: t["Outputs"]["ClientId"].update(Value={"Ref": "People"})),
]
