"""What else would do the job, each as what one would write for it; `rows` lists them, and lessonhook with them."""
