using System.Text.Json.Nodes;

namespace Xopc.ServiceDefaults.OpenApi;

/// <summary>The ways a credential travels, by their names in the document.</summary>
public static class OpenApiSecurity
{
    public const string Bearer = "bearer";
    public const string ApiKey = "apiKey";
    public const string QueryToken = "queryToken";
    public const string PageCookie = "pageCookie";

    /// <summary>Name of the cookie that <c>/auth/redeem</c> sets.</summary>
    public const string PageCookieName = "xopc_session";

    /// <summary><c>components.securitySchemes</c>.</summary>
    public static JsonObject Schemes() => new()
    {
        [Bearer] = new JsonObject
        {
            ["type"] = "http", ["scheme"] = "bearer", ["description"] = "Authorization: Bearer with the gateway's token, its password or an API key. xopc gateway token prints the token.",
        },
        [ApiKey] = new JsonObject
        {
            ["type"] = "apiKey", ["in"] = "header", ["name"] = "X-Api-Key", ["description"] = "The same credential in a header of its own. Authorization wins where both are there.",
        },
        [QueryToken] = new JsonObject
        {
            ["type"] = "apiKey", ["in"] = "query", ["name"] = "token", ["description"] = "For an EventSource, which cannot send headers: on the event stream only.",
        },
        [PageCookie] = new JsonObject
        {
            ["type"] = "apiKey", ["in"] = "cookie", ["name"] = PageCookieName,
            ["description"] = "For a browser, which cannot send headers when it navigates: set by /auth/redeem, good for GET and HEAD of pages only. xopc open gets one.",
        },
    };
}
