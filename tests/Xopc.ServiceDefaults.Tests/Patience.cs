namespace Xopc.ServiceDefaults.Tests;

/// <summary>The one timeout: generous, and only reached when something that should happen does not.</summary>
internal static class Patience
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
}
