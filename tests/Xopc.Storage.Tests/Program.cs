using Xunit.MicrosoftTestingPlatform;
using Xunit.Runner.InProc.SystemConsole;

namespace Xopc.Storage.Tests;

internal static class Program
{
    public static async Task<int> Main(string[] args)
    {
        if (args is ["child", .. var order])
        {
            return await Child.RunAsync(order);
        }

        // What xunit generates as an entry point otherwise.
        return args.Contains("--server") || args.Contains("--internal-msbuild-node")
            ? await TestPlatformTestFramework.RunAsync(args, SelfRegisteredExtensions.AddSelfRegisteredExtensions)
            : await ConsoleRunner.Run(args);
    }
}
