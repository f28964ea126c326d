using Microsoft.Extensions.Configuration;

namespace Xopc.ServiceDefaults.Logging;

/// <summary>Whether secrets are recognised by their shape before anything is logged.</summary>
public static class LogRedaction
{
    /// <summary>True where <c>XOPC_LOG_REDACTION</c> switches it off.</summary>
    /// <exception cref="InvalidOperationException">A logging setting cannot be understood.</exception>
    public static bool IsOff(IConfiguration configuration) => !LogSettings.Read(configuration, directory: null).Redaction;
}
