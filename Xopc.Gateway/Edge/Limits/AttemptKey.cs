using Xopc.Gateway.Edge.Clients;
using Xopc.Gateway.Edge.Origins;

namespace Xopc.Gateway.Edge.Limits;

/// <summary>Whose failed attempts are counted together.</summary>
/// <param name="Origin">
/// Of a browser page, which counts apart from the programs of its address: a page that tries must not lock them out. Only listed origins have a count of
/// their own; all others share <c>*</c>, or whoever writes his own Origin header would have five attempts for each he thinks of.
/// </param>
internal readonly record struct AttemptKey(ClientKey Client, string? Origin)
{
    private const string AnyOrigin = "*";

    public static AttemptKey Of(HttpContext context, EdgeClient client)
    {
        var origin = context.Request.Headers.Origin;
        return new AttemptKey(client.Key, origin.Count == 0 ? null : client.Origin is OriginVerdict.Listed ? origin.ToString().ToLowerInvariant() : AnyOrigin);
    }

    public override string ToString() => Origin is null ? Client.ToString() : $"browser-origin:{Origin}|{Client}";
}
