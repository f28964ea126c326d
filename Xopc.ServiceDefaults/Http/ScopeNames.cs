using Xopc.Contracts;

namespace Xopc.ServiceDefaults.Http;

/// <summary>Scopes as they are written: <c>operator.read</c>.</summary>
internal static class ScopeNames
{
    public static string Of(OperatorScope scope) => scope switch
    {
        OperatorScope.Read => "operator.read",
        OperatorScope.Write => "operator.write",
        _ => "operator.admin",
    };
}
