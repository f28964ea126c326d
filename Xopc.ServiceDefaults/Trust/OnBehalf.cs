using Xopc.Contracts;

namespace Xopc.ServiceDefaults.Trust;

/// <summary>Says on whose behalf a service calls another one.</summary>
public static class OnBehalf
{
    internal static readonly HttpRequestOptionsKey<Behalf> Key = new("Xopc.OnBehalfOf");

    /// <summary>Wrapped, because nobody is a caller too: a null that counted as "not set" would lend him the service's own scope.</summary>
    internal sealed record Behalf(Principal? Caller);

    /// <summary>The request is signed as <paramref name="caller"/>; null is nobody, good for public endpoints only.</summary>
    public static HttpRequestMessage OnBehalfOf(this HttpRequestMessage request, Principal? caller)
    {
        request.Options.Set(Key, new Behalf(caller));
        return request;
    }
}
