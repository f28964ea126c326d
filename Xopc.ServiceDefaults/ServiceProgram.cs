using Microsoft.AspNetCore.Builder;
using Xopc.Contracts;

namespace Xopc.ServiceDefaults;

/// <summary>Runs the program of a service that stands alone.</summary>
public static class ServiceProgram
{
    /// <summary>Runs the program. A start that only a person can mend is told on standard error and ends with 78, so that no supervisor tries it again.</summary>
    public static async Task<int> RunAsync(string[] args, Func<WebApplicationBuilder, Task> program)
    {
        try
        {
            await program(WebApplication.CreateBuilder(args));
            return Environment.ExitCode;
        }
        catch (StartRefusedException ex)
        {
            await Console.Error.WriteLineAsync(ex.Message);
            return StartRefusedException.RefusedExitCode;
        }
    }
}
