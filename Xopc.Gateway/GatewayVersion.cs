using System.Reflection;

namespace Xopc.Gateway;

/// <summary>The product's version as people know it, without the build's commit: <c>0.1.0</c>.</summary>
internal static class GatewayVersion
{
    public static string Current { get; } =
        typeof(GatewayVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "0.0.0";
}
