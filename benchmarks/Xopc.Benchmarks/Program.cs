using BenchmarkDotNet.Running;
using Xopc.Benchmarks;

BenchmarkSwitcher.FromAssembly(typeof(SessionKeyBenchmarks).Assembly).Run(args); // the services whose insides are measured have a Program too
